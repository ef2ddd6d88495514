#include "core/workflows/user_name.h"

#include <pwd.h>
#include <unistd.h>

namespace flukeprint::workflows {

QString userName()
{
    const QString chosen = qEnvironmentVariable("FLUKEPRINT_USER");
    if (!chosen.isEmpty())
        return chosen;
    const passwd *entry = ::getpwuid(::getuid());
    return entry == nullptr ? QStringLiteral("unknown") : QString::fromLocal8Bit(entry->pw_name);
}

} // namespace flukeprint::workflows
