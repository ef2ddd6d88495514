#pragma once

#include <QString>

#include <cstdint>
#include <string>

namespace flukeprint::ui {

/// Numbers and dates as they stand on the screen, in the application's locale.

[[nodiscard]] QString countText(std::int64_t count); ///< "7,667"
[[nodiscard]] QString percentText(double share); ///< 0.924 -> "92%"; "<1%" and ">99%" where rounding would claim certainty
[[nodiscard]] QString rateText(double perSecond); ///< "212", "3.4"
[[nodiscard]] QString durationText(double seconds); ///< "13 s", "4 min 10 s", "2 h 5 min"
[[nodiscard]] QString distanceText(double distance); ///< "0.41"
[[nodiscard]] QString metricText(double value); ///< "0.66"; "-" for NaN

/// ISO 8601 as the catalogue keeps it ("2017-06-13T09:41:22+02:00") -> "13 Jun 2017"; empty for none or nonsense.
[[nodiscard]] QString dateText(const std::string &iso);
[[nodiscard]] QString dateTimeText(const std::string &iso); ///< "13 Jun 2017 09:41"
[[nodiscard]] QString monthText(const std::string &iso); ///< "Jun 2017"
/// A moment of the log, UTC in the file, in local time on screen: "today 09:41", "13 Jun 2017 09:41".
[[nodiscard]] QString momentText(const std::string &isoUtc);
[[nodiscard]] QString placeText(double latitudeDeg, double longitudeDeg); ///< "42.31 N 70.25 W"
[[nodiscard]] QString sizeText(std::int64_t bytes); ///< "1.4 MB"

/// A path for people: below home as "~/...".
[[nodiscard]] QString pathText(const QString &path);

} // namespace flukeprint::ui
