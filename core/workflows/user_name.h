#pragma once

#include <QString>

namespace flukeprint::workflows {

/// The name of the person at this computer, as kept with decisions: FLUKEPRINT_USER, else the system's user name.
[[nodiscard]] QString userName();

} // namespace flukeprint::workflows
