#include "ui/theme/theme.h"

namespace flukeprint::ui {

const Colours &darkColours()
{
    static const Colours table {
        .background = QColor(0x0f161b),
        .panel = QColor(0x151e25),
        .raised = QColor(0x1b262e),
        .line = QColor(0x26333d),
        .text = QColor(0xe6edf1),
        .secondary = QColor(0x8fa1ad),
        .accent = QColor(0x3fb6a8),
        .accentSurface = QColor(0x274f4c),
        .onAccent = QColor(0x0b1f1d),
        .attention = QColor(0xe0a94f),
        .onAttention = QColor(0x241a06),
        .error = QColor(0xdd6b5f),
        .hover = QColor(0x22303a),
        .photo = QColor(0, 0, 0),
    };
    return table;
}

const Colours &lightColours()
{
    static const Colours table {
        .background = QColor(0xf3f5f6),
        .panel = QColor(0xffffff),
        .raised = QColor(0xf7f9fa),
        .line = QColor(0xdde4e8),
        .text = QColor(0x182228),
        .secondary = QColor(0x61727d),
        .accent = QColor(0x0f8a7d),
        .accentSurface = QColor(0xd3ece8),
        .onAccent = QColor(0xffffff),
        .attention = QColor(0xb47a12),
        .onAttention = QColor(0xffffff),
        .error = QColor(0xb9473b),
        .hover = QColor(0xedf1f3),
        .photo = QColor(0, 0, 0),
    };
    return table;
}

} // namespace flukeprint::ui
