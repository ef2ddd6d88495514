#include "ui/text/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QLocale>

#include <cmath>

namespace flukeprint::ui {

namespace {

class Format
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QDateTime parse(const std::string &iso)
{
    const QString text = QString::fromStdString(iso);
    const QDateTime moment = QDateTime::fromString(text, Qt::ISODate);
    if (moment.isValid())
        return moment;
    return QDateTime(QDate::fromString(text.left(10), Qt::ISODate), QTime());
}

/// The camera's own clock: its offset is kept out of the way, so that a dive at 09:41 reads 09:41 anywhere.
QString formatted(const QDateTime &moment, const QString &pattern)
{
    return moment.date().isValid() ? QLocale().toString(moment, pattern) : QString();
}

} // namespace

QString countText(std::int64_t count)
{
    return QLocale().toString(static_cast<qlonglong>(count));
}

QString percentText(double share)
{
    if (std::isnan(share))
        return QStringLiteral("-");
    const double percent = share * 100.0;
    if (percent > 99.5 && percent < 100.0)
        return QStringLiteral(">99%");
    if (percent > 0.0 && percent < 0.5)
        return QStringLiteral("<1%");
    return QStringLiteral("%1%").arg(std::lround(percent));
}

QString rateText(double perSecond)
{
    return perSecond >= 10 ? countText(std::llround(perSecond)) : QLocale().toString(perSecond, 'f', 1);
}

QString durationText(double seconds)
{
    const auto total = static_cast<std::int64_t>(std::ceil(std::max(0.0, seconds)));
    if (total < 60)
        return Format::tr("%1 s").arg(total);
    if (total < 3600)
        return total % 60 ? Format::tr("%1 min %2 s").arg(total / 60).arg(total % 60) : Format::tr("%1 min").arg(total / 60);
    return Format::tr("%1 h %2 min").arg(total / 3600).arg(total % 3600 / 60);
}

QString distanceText(double distance)
{
    return std::isnan(distance) ? QStringLiteral("-") : QLocale().toString(distance, 'f', 2);
}

QString metricText(double value)
{
    return distanceText(value);
}

QString dateText(const std::string &iso)
{
    return formatted(parse(iso), QStringLiteral("d MMM yyyy"));
}

QString dateTimeText(const std::string &iso)
{
    const QDateTime moment = parse(iso);
    return iso.size() > 10 ? formatted(moment, QStringLiteral("d MMM yyyy HH:mm")) : formatted(moment, QStringLiteral("d MMM yyyy"));
}

QString monthText(const std::string &iso)
{
    return formatted(parse(iso), QStringLiteral("MMM yyyy"));
}

QString momentText(const std::string &isoUtc)
{
    QDateTime moment = parse(isoUtc);
    if (!moment.isValid())
        return {};
    if (moment.timeSpec() == Qt::LocalTime)
        moment.setTimeSpec(Qt::UTC);
    moment = moment.toLocalTime();
    if (moment.date() == QDate::currentDate())
        return Format::tr("today %1").arg(QLocale().toString(moment.time(), QStringLiteral("HH:mm")));
    return formatted(moment, QStringLiteral("d MMM yyyy HH:mm"));
}

QString placeText(double latitudeDeg, double longitudeDeg)
{
    const QLocale locale;
    return QStringLiteral("%1 %2 %3 %4")
        .arg(locale.toString(std::abs(latitudeDeg), 'f', 2), latitudeDeg < 0 ? Format::tr("S") : Format::tr("N"),
             locale.toString(std::abs(longitudeDeg), 'f', 2), longitudeDeg < 0 ? Format::tr("W") : Format::tr("E"));
}

QString sizeText(std::int64_t bytes)
{
    return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat);
}

QString pathText(const QString &path)
{
    const QString home = QDir::homePath();
    const QString clean = QDir::toNativeSeparators(QDir::cleanPath(path));
    return home.size() > 1 && clean.startsWith(home + QLatin1Char('/')) ? QStringLiteral("~") + clean.mid(home.size()) : clean;
}

} // namespace flukeprint::ui
