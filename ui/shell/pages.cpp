#include "ui/shell/pages.h"

namespace flukeprint::ui {

std::vector<PageFactory> standardPages()
{
    return {};
}

} // namespace flukeprint::ui
