#include "ui/shell/page.h"

namespace flukeprint::ui {

Page::Page(const QString &name, const QString &title, const QString &iconName, QWidget *parent)
    : QWidget(parent)
    , m_title(title)
    , m_iconName(iconName)
{
    setObjectName(name);
    setProperty("role", "page");
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(title);
}

void Page::setBadge(int count)
{
    if (count == m_badge)
        return;
    m_badge = count;
    Q_EMIT badgeChanged(count);
}

} // namespace flukeprint::ui
