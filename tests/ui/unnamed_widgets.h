#pragma once

#include <QLabel>
#include <QStringList>
#include <QWidget>

namespace flukeprint::ui {

/// Paths of the widgets inside `top` that have no object name. Parts that Qt itself puts into its widgets are not ours to name.
inline QStringList unnamedWidgets(const QWidget *top)
{
    const auto isQts = [](const QWidget *widget) {
        const QString type = QLatin1String(widget->metaObject()->className());
        const auto isIn = [widget](const char *kind) { return widget->parent()->inherits(kind); };
        const bool inside = isIn("QComboBox") || isIn("QAbstractSpinBox") || isIn("QGraphicsView") || isIn("QLineEdit") || isIn("QMenuBar")
            || isIn("QSplitter") || isIn("QTableWidget") || isIn("QTableView");
        return type.contains(QLatin1String("Private")) || type.startsWith(QLatin1String("QComboBox")) || widget->inherits("QScrollBar")
            || (inside && type.startsWith(QLatin1Char('Q')) && !widget->inherits("QLabel"));
    };
    QStringList unnamed;
    for (const QWidget *widget : top->findChildren<QWidget *>()) {
        if (!widget->objectName().isEmpty() || isQts(widget))
            continue;
        QStringList path;
        for (const QObject *at = widget; at && at != top; at = at->parent())
            path.prepend(at->objectName().isEmpty() ? QLatin1String(at->metaObject()->className()) : at->objectName());
        const auto *label = qobject_cast<const QLabel *>(widget);
        unnamed << path.join(QLatin1String(" > ")) + (label ? QStringLiteral(" \"%1\"").arg(label->text()) : QString());
    }
    for (const QString &path : unnamed)
        qWarning("unnamed: %s", qPrintable(path));
    return unnamed;
}

} // namespace flukeprint::ui
