#include "ui/review/compare_card.h"

#include "ui/review/photo_view.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/linked_views.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

constexpr int blinkIntervalMs = 700; // well below three flashes a second
constexpr double overlayOpacity = 0.5;
constexpr int viewGap = 4;

} // namespace

CompareCard::CompareCard(AsyncImageLoader *images, QWidget *parent)
    : Card(tr("Compare"), parent)
    , m_images(images)
{
    setObjectName(QStringLiteral("reviewCompare"));
    buildHeader();
    m_query = new PhotoView(images, this);
    m_query->setObjectName(QStringLiteral("compareQuery"));
    m_query->setAccessibleName(tr("Fluke under review"));
    m_query->setCaption(tr("under review"));
    m_candidate = new PhotoView(images, this);
    m_candidate->setObjectName(QStringLiteral("compareCandidate"));
    m_candidate->setAccessibleName(tr("Photo of the chosen candidate"));
    for (PhotoView *view : {m_query, m_candidate})
        view->setBottomRadius(Sizes::cardRadius - 1);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(viewGap);
    row->addWidget(m_query, 1);
    row->addWidget(m_candidate, 1);
    body()->addLayout(row, 1);

    m_link = new LinkedViews({m_query, m_candidate}, this);
    connect(m_linkPill, &QAbstractButton::toggled, m_link, &LinkedViews::setEnabled);
    m_linkPill->setChecked(true);
    connect(m_query, &PhotoView::pictureChanged, this, &CompareCard::refreshGhost);
    m_blinkTimer.setInterval(blinkIntervalMs);
    connect(&m_blinkTimer, &QTimer::timeout, this, &CompareCard::blink);
    refreshHeader();
}

Pill *CompareCard::addPill(const QString &name, const QString &text, const QString &iconName, const QString &toolTip)
{
    auto *pill = new Pill(text, Pill::Kind::Toggle, this);
    pill->setObjectName(name);
    pill->setIconName(iconName);
    pill->setToolTip(toolTip);
    header()->addWidget(pill);
    return pill;
}

QToolButton *CompareCard::addStepButton(const QString &name, const QString &iconName, const QString &toolTip, int steps)
{
    auto *button = new QToolButton(this);
    button->setObjectName(name);
    button->setIcon(icon(iconName, IconTint::Secondary));
    button->setIconSize({16, 16});
    button->setFixedSize(Sizes::pillHeight, Sizes::pillHeight);
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    header()->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, steps] { step(steps); });
    return button;
}

void CompareCard::buildHeader()
{
    m_linkPill = addPill(QStringLiteral("compareLink"), tr("linked zoom"), QStringLiteral("link"), tr("Both photos zoom and move together"));
    m_overlayPill = addPill(QStringLiteral("compareOverlay"), tr("overlay"), QStringLiteral("overlay"), tr("Lay one fluke over the other"));
    m_blinkPill = addPill(QStringLiteral("compareBlink"), tr("blink"), QStringLiteral("blink"), tr("Show both in turn in the same place"));
    m_mirrorPill = addPill(QStringLiteral("compareMirror"), tr("mirror"), QStringLiteral("mirror"), tr("Turn the candidate's photo around"));
    m_place = new ElidedLabel({}, this);
    m_place->setObjectName(QStringLiteral("comparePlace"));
    m_place->setProperty("role", "small");
    m_place->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    header()->addWidget(m_place, 1);
    m_previous = addStepButton(QStringLiteral("comparePrevious"), QStringLiteral("chevron-left"), tr("Photo before (Left)"), -1);
    m_next = addStepButton(QStringLiteral("compareNext"), QStringLiteral("chevron-right"), tr("Next photo (Right)"), 1);

    connect(m_overlayPill, &QAbstractButton::clicked, this, [this](bool on) { setMode(on ? Mode::Overlay : Mode::Beside); });
    connect(m_blinkPill, &QAbstractButton::clicked, this, [this](bool on) { setMode(on ? Mode::Blink : Mode::Beside); });
    connect(m_mirrorPill, &QAbstractButton::toggled, this, [this](bool on) { m_candidate->setMirrored(on); });
}

void CompareCard::setCatalogue(catalogue::Catalogue *catalogue)
{
    m_catalogue = catalogue;
    setQuery(std::nullopt);
    setNoCandidate({});
}

void CompareCard::setQuery(const std::optional<ReviewPhoto> &query)
{
    const bool same = query && m_query->photo() && query->annotation == m_query->photo()->annotation;
    if (!same) {
        m_mirrorPill->setChecked(false);
        for (PhotoView *view : {m_query, m_candidate})
            view->setView({});
    }
    m_query->setPhoto(query);
    m_query->setReference(query ? std::optional(query->box) : std::nullopt);
    refreshGhost();
}

void CompareCard::setCandidate(const QString &code, std::vector<AnnotationId> photos)
{
    const bool same = m_code == code && m_photos == photos;
    m_code = code;
    m_photos = std::move(photos);
    if (!same)
        m_current = 0;
    m_candidate->setCaption(code);
    showCurrent();
}

void CompareCard::setNoCandidate(const QString &message)
{
    m_code.clear();
    m_photos.clear();
    m_current = 0;
    m_candidate->setCaption({});
    m_candidate->setPhoto(std::nullopt, message);
    setMode(Mode::Beside);
    refreshHeader();
}

bool CompareCard::canStep(int steps) const
{
    const auto target = static_cast<std::ptrdiff_t>(m_current) + steps;
    return target >= 0 && target < static_cast<std::ptrdiff_t>(m_photos.size());
}

void CompareCard::step(int steps)
{
    if (!canStep(steps))
        return;
    m_current = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(m_current) + steps);
    showCurrent();
    Q_EMIT stepped();
}

void CompareCard::showCurrent()
{
    refreshHeader();
    if (m_photos.empty() || !m_catalogue) {
        m_candidate->setPhoto(std::nullopt, tr("This individual has no other photo."));
        return;
    }
    const auto photo = readPhoto(*m_catalogue, m_photos[m_current]);
    if (!photo) {
        m_candidate->setPhoto(std::nullopt, messageFor(photo.error()));
        return;
    }
    m_candidate->setPhoto(*photo);
    m_candidate->setReference(photo->box);
    const QString taken = dateText(photo->takenAt.toStdString());
    m_candidate->setCaption(taken.isEmpty() ? m_code : QStringLiteral("%1   %2").arg(m_code, taken));
}

void CompareCard::setMode(Mode mode)
{
    m_mode = mode;
    {
        const QSignalBlocker overlay(m_overlayPill);
        const QSignalBlocker blinking(m_blinkPill);
        m_overlayPill->setChecked(mode == Mode::Overlay);
        m_blinkPill->setChecked(mode == Mode::Blink);
    }
    m_candidate->setVisible(true);
    m_query->setVisible(mode == Mode::Beside);
    // In one place they have to show the same part.
    if (mode != Mode::Beside)
        m_linkPill->setChecked(true);
    m_linkPill->setEnabled(mode == Mode::Beside);
    if (mode == Mode::Blink)
        m_blinkTimer.start();
    else
        m_blinkTimer.stop();
    refreshGhost();
}

void CompareCard::blink()
{
    const bool queryNow = m_candidate->isVisible();
    (queryNow ? m_candidate : m_query)->hide();
    (queryNow ? m_query : m_candidate)->show();
}

void CompareCard::refreshGhost()
{
    if (m_mode != Mode::Overlay || !m_query->photo() || !m_query->hasImage()) {
        m_candidate->setGhost({}, {}, std::nullopt, 0);
        return;
    }
    m_candidate->setGhost(m_query->image(), m_query->photoSize(), m_query->photo()->box, overlayOpacity);
}

void CompareCard::refreshHeader()
{
    const bool any = !m_photos.empty();
    for (Pill *pill : {m_overlayPill, m_blinkPill, m_mirrorPill})
        pill->setEnabled(any);
    m_place->setText(
        any ? tr("photo %1 of %2 of %3")
                  .arg(countText(static_cast<std::int64_t>(m_current) + 1), countText(static_cast<std::int64_t>(m_photos.size())), m_code)
            : QString());
    m_previous->setEnabled(canStep(-1));
    m_next->setEnabled(canStep(1));
}

} // namespace flukeprint::ui
