#pragma once

#include "core/base/error.h"

#include <QCoreApplication>
#include <QString>

namespace flukeprint::jobs {
struct JobTitle;
struct JobStatus;
}

namespace flukeprint::ui {

/// The only place where core's codes become sentences for the user (see also the command line).

/// What went wrong and what to do, one or two sentences, with names of files shortened to what a person recognises.
[[nodiscard]] QString messageFor(const Error &error);

/// What a job warns about that goes on all the same: as messageFor, but never asks to start the job again.
[[nodiscard]] QString warningFor(const Error &error);

/// A few words on why a file was left out, for lists that show the file's name beside it: "empty file".
[[nodiscard]] QString shortReason(const Error &error);

/// "Importing 1,200 photos"; never empty.
[[nodiscard]] QString jobTitle(const jobs::JobTitle &title);

/// "64%   212 photos/s   13 s left", or what the job waits for, or how it ended.
[[nodiscard]] QString jobStanding(const jobs::JobStatus &status);

/// The words for a stage code ("hashing"): "reading files".
[[nodiscard]] QString stageText(const std::string &stage);

} // namespace flukeprint::ui
