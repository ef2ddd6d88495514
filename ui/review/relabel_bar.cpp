#include "ui/review/relabel_bar.h"

#include "core/catalogue/catalogue.h"
#include "ui/text/messages.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/individual_edit.h"
#include "ui/widgets/key_button.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>

namespace flukeprint::ui {

RelabelBar::RelabelBar(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("relabelBar"));
    auto *label = new QLabel(tr("This is"), this);
    label->setObjectName(QStringLiteral("relabelCaption"));
    label->setProperty("role", "strong");
    m_field = new IndividualEdit(this);
    m_field->setObjectName(QStringLiteral("relabelField"));
    m_field->setPlaceholderText(tr("Code, alias or name"));
    m_field->setAccessibleName(tr("Code, alias or name of the individual"));
    m_field->setMinimumWidth(240);
    m_field->setMaximumWidth(360);
    m_field->installEventFilter(this);
    label->setBuddy(m_field);
    m_hint = new ElidedLabel({}, this);
    m_hint->setObjectName(QStringLiteral("relabelHint"));
    m_hint->setProperty("role", "small");
    m_accept = new KeyButton(tr("Relabel"), QStringLiteral("Enter"), this);
    m_accept->setObjectName(QStringLiteral("relabelAccept"));
    m_accept->setPrimary(true);
    m_create = new KeyButton({}, QStringLiteral("Ctrl Enter"), this);
    m_create->setObjectName(QStringLiteral("relabelCreate"));
    auto *cancel = new KeyButton(tr("Cancel"), QStringLiteral("Esc"), this);
    cancel->setObjectName(QStringLiteral("relabelCancel"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(label);
    row->addWidget(m_field, 2);
    row->addWidget(m_accept);
    row->addWidget(m_create);
    row->addWidget(m_hint, 3);
    row->addWidget(cancel);
    connect(m_field, &QLineEdit::textChanged, this, &RelabelBar::refresh);
    connect(m_field, &IndividualEdit::meantAsTyped, this, &RelabelBar::create);
    connect(m_accept, &QPushButton::clicked, this, &RelabelBar::accept);
    connect(m_create, &QPushButton::clicked, this, &RelabelBar::create);
    connect(cancel, &QPushButton::clicked, this, &RelabelBar::cancelled);
}

void RelabelBar::open(catalogue::Catalogue &catalogue)
{
    m_catalogue = &catalogue;
    m_field->setCatalogue(m_catalogue);
    m_field->clear();
    refresh();
    m_field->setFocus(Qt::ShortcutFocusReason);
}

void RelabelBar::close()
{
    m_field->setCatalogue(nullptr);
    m_catalogue = nullptr;
    m_field->clear();
}

QString RelabelBar::knownCode() const
{
    return m_field->individual().isValid() ? m_field->code() : QString();
}

void RelabelBar::refresh()
{
    const QString typed = m_field->text().trimmed();
    const QString code = knownCode();
    m_accept->setEnabled(!code.isEmpty());
    m_create->setVisible(code.isEmpty() && !typed.isEmpty());
    m_create->setText(tr("Create %1").arg(typed));
    if (typed.isEmpty())
        m_hint->setText(tr("Type to search."));
    else if (code.isEmpty())
        m_hint->setText(tr("Nobody has exactly this code, alias or name."));
    else
        m_hint->setText(tr("Known individual %1.").arg(code));
}

void RelabelBar::accept()
{
    const QString code = knownCode();
    if (!code.isEmpty())
        Q_EMIT chosen(code);
}

void RelabelBar::create()
{
    const QString typed = m_field->text().trimmed();
    if (!typed.isEmpty() && knownCode().isEmpty())
        Q_EMIT newWanted(typed);
}

bool RelabelBar::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress && event->type() != QEvent::ShortcutOverride)
        return QWidget::eventFilter(watched, event);
    const auto *key = static_cast<QKeyEvent *>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    const bool escape = key->key() == Qt::Key_Escape;
    if (event->type() == QEvent::ShortcutOverride) {
        // What is typed here must never decide.
        if (enter || escape || !(key->modifiers() & Qt::ControlModifier))
            event->accept();
        return QWidget::eventFilter(watched, event);
    }
    if (enter && !(key->modifiers() & Qt::ControlModifier) && !key->isAutoRepeat()) {
        accept();
        return true;
    }
    if (escape && !m_field->isCompleting()) {
        Q_EMIT cancelled();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace flukeprint::ui
