#include "ui/shell/pages.h"

#include "ui/catalogue/catalogue_page.h"
#include "ui/individuals/individuals_page.h"
#include "ui/review/review_page.h"
#include "ui/training/training_page.h"

namespace flukeprint::ui {

std::vector<PageFactory> standardPages()
{
    std::vector<PageFactory> pages;
    pages.emplace_back([](const PageContext &context) -> Page * { return new CataloguePage(context); });
    pages.emplace_back([](const PageContext &context) -> Page * { return new ReviewPage(context); });
    pages.emplace_back([](const PageContext &context) -> Page * { return new IndividualsPage(context); });
    pages.emplace_back([](const PageContext &context) -> Page * { return new TrainingPage(context); });
    return pages;
}

} // namespace flukeprint::ui
