#include "ui/review/review_header.h"

#include "core/workflows/session.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalBlocker>
#include <QTimer>

#include <algorithm>
#include <array>

namespace flukeprint::ui {

using catalogue::ReviewOrder;

namespace {

constexpr int typingPauseMs = 220;
constexpr int mostYears = 40;
constexpr std::array orders {ReviewOrder::Newest, ReviewOrder::MostUncertain, ReviewOrder::FileName};

} // namespace

ReviewHeader::ReviewHeader(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("reviewHeader"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto *title = new QLabel(tr("Review"), this);
    title->setObjectName(QStringLiteral("reviewTitle"));
    title->setProperty("role", "title");
    row->addWidget(title);
    m_order = addPill(QStringLiteral("reviewOrder"), Pill::Kind::Button);
    m_order->setIconName(QStringLiteral("sort"));
    m_order->setTone(Pill::Tone::Accent);
    m_left = addPill(QStringLiteral("reviewProgress"), Pill::Kind::Static);
    m_chosen = addPill(QStringLiteral("reviewChosen"), Pill::Kind::Button);
    m_chosen->setIconName(QStringLiteral("close"));
    m_chosen->setTone(Pill::Tone::Accent);
    m_chosen->setToolTip(tr("Back to all photos that are still open"));
    m_chosen->hide();
    m_search = new QLineEdit(this);
    m_search->setObjectName(QStringLiteral("reviewSearch"));
    m_search->setPlaceholderText(tr("File, place, encounter"));
    m_search->setAccessibleName(tr("Only photos of this file name, place or encounter"));
    m_search->addAction(icon(QStringLiteral("search"), IconTint::Secondary), QLineEdit::LeadingPosition);
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(220);
    m_search->installEventFilter(this);
    row->addWidget(m_search, 1);
    m_quality = addPill(QStringLiteral("reviewQualityFilter"), Pill::Kind::Button);
    m_year = addPill(QStringLiteral("reviewYearFilter"), Pill::Kind::Button);
    row->addStretch(1);
    m_readOnly = addPill(QStringLiteral("reviewReadOnly"), Pill::Kind::Static, tr("read only"));
    m_readOnly->setTone(Pill::Tone::Attention);
    m_readOnly->setIconName(QStringLiteral("info"));
    m_readOnly->setToolTip(tr("This catalogue is open for reading only, so nothing can be decided here."));
    m_gallery = addPill(QStringLiteral("reviewGallery"), Pill::Kind::Static);
    m_gallery->setMaximumTextWidth(300);
    Pill *keys = addPill(QStringLiteral("reviewKeys"), Pill::Kind::Button, tr("? all keys"));
    connect(keys, &QAbstractButton::clicked, this, &ReviewHeader::keysRequested);

    m_typing = new QTimer(this);
    m_typing->setSingleShot(true);
    m_typing->setInterval(typingPauseMs);
    connect(m_search, &QLineEdit::textChanged, m_typing, qOverload<>(&QTimer::start));
    connect(m_typing, &QTimer::timeout, this, &ReviewHeader::filterChanged);
    connect(m_chosen, &QAbstractButton::clicked, this, &ReviewHeader::queueRequested);
    buildOrderMenu();
    buildQualityMenu();
    setYears(0, 0);
    showSession(nullptr);
}

Pill *ReviewHeader::addPill(const QString &name, Pill::Kind kind, const QString &text)
{
    auto *pill = new Pill(text, kind, this);
    pill->setObjectName(name);
    layout()->addWidget(pill);
    return pill;
}

void ReviewHeader::buildOrderMenu()
{
    const std::array names {tr("newest first"), tr("most uncertain first"), tr("by file name")};
    auto *menu = new QMenu(m_order);
    menu->setObjectName(QStringLiteral("reviewOrderMenu"));
    auto *group = new QActionGroup(menu);
    for (int index = 0; index < static_cast<int>(names.size()); ++index) {
        QAction *action = menu->addAction(names[static_cast<std::size_t>(index)]);
        action->setObjectName(QStringLiteral("reviewOrder_%1").arg(index));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, index] {
            setOrderIndex(index);
            Q_EMIT orderChanged();
        });
    }
    m_order->setMenu(menu);
    m_order->setToolTip(tr("Which photo comes next"));
    setOrderIndex(0);
}

void ReviewHeader::setOrderIndex(int index)
{
    m_orderIndex = std::clamp(index, 0, static_cast<int>(orders.size()) - 1);
    auto *action = m_order->findChild<QAction *>(QStringLiteral("reviewOrder_%1").arg(m_orderIndex));
    action->setChecked(true);
    m_order->setText(action->text());
}

ReviewOrder ReviewHeader::order() const
{
    return orders[static_cast<std::size_t>(m_orderIndex)];
}

void ReviewHeader::buildQualityMenu()
{
    auto *menu = new QMenu(m_quality);
    menu->setObjectName(QStringLiteral("reviewQualityMenu"));
    auto *group = new QActionGroup(menu);
    for (const int worst : {0, 1, 2, 3, 4}) {
        const QString text = worst == 0 ? tr("any quality") : worst == 1 ? tr("quality 1 only") : tr("quality %1 and better").arg(worst);
        QAction *action = menu->addAction(text);
        action->setObjectName(QStringLiteral("reviewQuality_%1").arg(worst));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, worst] {
            setQuality(worst);
            Q_EMIT filterChanged();
        });
    }
    m_quality->setMenu(menu);
    m_quality->setToolTip(tr("Only photos graded so or better; 1 is best"));
    setQuality(0);
}

void ReviewHeader::setQuality(int worst)
{
    m_worstQuality = worst;
    auto *action = m_quality->findChild<QAction *>(QStringLiteral("reviewQuality_%1").arg(worst));
    action->setChecked(true);
    m_quality->setText(action->text());
    m_quality->setTone(worst > 0 ? Pill::Tone::Accent : Pill::Tone::Normal);
}

void ReviewHeader::setYears(int first, int last)
{
    auto *menu = new QMenu(m_year);
    menu->setObjectName(QStringLiteral("reviewYearMenu"));
    auto *group = new QActionGroup(menu);
    std::vector<int> years {0};
    for (int year = last; first > 0 && year >= first && static_cast<int>(years.size()) <= mostYears; --year)
        years.push_back(year);
    for (const int year : years) {
        QAction *action = menu->addAction(year == 0 ? tr("any year") : QString::number(year));
        action->setObjectName(QStringLiteral("reviewYear_%1").arg(year));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, year] {
            setYear(year);
            Q_EMIT filterChanged();
        });
    }
    for (QMenu *old : m_year->findChildren<QMenu *>(Qt::FindDirectChildrenOnly)) {
        if (old != menu)
            old->deleteLater();
    }
    m_year->setMenu(menu);
    m_years = menu;
    m_hasYears = first > 0;
    m_year->setVisible(m_hasYears);
    setYear(first > 0 ? m_chosenYear : 0);
}

void ReviewHeader::setYear(int year)
{
    m_chosenYear = year;
    auto *action = m_years ? m_years->findChild<QAction *>(QStringLiteral("reviewYear_%1").arg(year)) : nullptr;
    if (action) // the chosen year may have no photo any more
        action->setChecked(true);
    m_year->setText(year == 0 ? tr("any year") : QString::number(year));
    m_year->setTone(year > 0 ? Pill::Tone::Accent : Pill::Tone::Normal);
}

catalogue::AnnotationFilter ReviewHeader::filter() const
{
    catalogue::AnnotationFilter filter;
    filter.text = m_search->text().trimmed();
    filter.worstQuality = m_worstQuality;
    if (m_chosenYear > 0) {
        filter.takenFrom = QStringLiteral("%1-01-01").arg(m_chosenYear, 4, 10, QLatin1Char('0'));
        filter.takenTo = QStringLiteral("%1-12-31").arg(m_chosenYear, 4, 10, QLatin1Char('0'));
    }
    return filter;
}

bool ReviewHeader::isFiltering() const
{
    return !m_search->text().trimmed().isEmpty() || m_worstQuality > 0 || m_chosenYear > 0;
}

void ReviewHeader::clearFilters()
{
    const QSignalBlocker quiet(m_search);
    m_search->clear();
    m_typing->stop();
    setQuality(0);
    setYear(0);
}

void ReviewHeader::setProgress(std::size_t left, std::size_t place, std::size_t count)
{
    m_left->setText(tr("%1 left").arg(countText(static_cast<std::int64_t>(left))));
    m_left->setVisible(count > 0);
    m_left->setToolTip(place > 0 ? tr("Photo %1 of %2").arg(countText(static_cast<std::int64_t>(place)), countText(static_cast<std::int64_t>(count)))
                                 : QString());
}

void ReviewHeader::setChosenCount(std::size_t count)
{
    m_chosen->setVisible(count > 0);
    m_chosen->setText(count == 1 ? tr("1 chosen photo") : tr("%1 chosen photos").arg(countText(static_cast<std::int64_t>(count))));
    for (QWidget *widget : {static_cast<QWidget *>(m_order), static_cast<QWidget *>(m_search), static_cast<QWidget *>(m_quality)})
        widget->setVisible(count == 0);
    m_year->setVisible(count == 0 && m_hasYears);
}

void ReviewHeader::showSession(workflows::CatalogueSession *session)
{
    m_readOnly->setVisible(session && session->isReadOnly());
    m_gallery->setVisible(session != nullptr);
    if (session)
        showGallery(*session);
}

void ReviewHeader::showGallery(workflows::CatalogueSession &session)
{
    using workflows::GalleryState;
    m_gallery->setTone(Pill::Tone::Normal);
    m_gallery->setIconName({});
    m_gallery->setToolTip({});
    switch (session.galleryState()) {
    case GalleryState::NoModel:
        m_gallery->setText(tr("no model"));
        m_gallery->setTone(Pill::Tone::Attention);
        m_gallery->setIconName(QStringLiteral("warning"));
        m_gallery->setToolTip(tr("Without a model there are no candidates."));
        break;
    case GalleryState::Loading: m_gallery->setText(tr("loading gallery")); break;
    case GalleryState::Failed:
        m_gallery->setText(tr("gallery not loaded"));
        m_gallery->setTone(Pill::Tone::Error);
        m_gallery->setIconName(QStringLiteral("error"));
        m_gallery->setToolTip(messageFor(session.galleryError()));
        break;
    case GalleryState::Ready: {
        const auto model = session.servingModel();
        const auto individuals = static_cast<std::int64_t>(model->gallery.individualCount());
        const auto photos = static_cast<std::int64_t>(model->gallery.count());
        m_gallery->setText(tr("gallery: %1 individuals, %2 photos").arg(countText(individuals), countText(photos)));
        m_gallery->setToolTip(tr("Candidates come from the confirmed photos that the model %1 has read.").arg(model->record.name));
        break;
    }
    }
    m_gallery->setAccessibleName(m_gallery->text());
}

bool ReviewHeader::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride && !(static_cast<QKeyEvent *>(event)->modifiers() & Qt::ControlModifier))
        event->accept(); // what is typed here must never decide
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter) {
            if (m_typing->isActive()) {
                m_typing->stop();
                Q_EMIT filterChanged();
            }
            parentWidget()->setFocus(); // the keys of the page work again
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace flukeprint::ui
