// What the rules must catch: never compiled.
#include <QtCore/QString>
