#include "ui/text/translations.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTranslator>

namespace flukeprint::ui {

void installTranslations(QCoreApplication *application)
{
    const QString folder = QStringLiteral(":/translations");
    auto *english = new QTranslator(application);
    if (english->load(QStringLiteral("flukeprint_en"), folder))
        QCoreApplication::installTranslator(english);
    auto *own = new QTranslator(application);
    if (QLocale().language() != QLocale::English && own->load(QLocale(), QStringLiteral("flukeprint"), QStringLiteral("_"), folder))
        QCoreApplication::installTranslator(own);
}

} // namespace flukeprint::ui
