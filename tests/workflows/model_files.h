#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>
#include <QtEndian>

namespace flukeprint::workflows {

/// The metadata that our own models carry, for a model of two numbers a chip.
inline QJsonObject ownMetadata()
{
    return {{QStringLiteral("format"), QStringLiteral("flukeprint-model")},
            {QStringLiteral("format_version"), QStringLiteral("1")},
            {QStringLiteral("preset"), QStringLiteral("flukeprint")},
            {QStringLiteral("architecture"), QStringLiteral("mobilenet_v2")},
            {QStringLiteral("dimension"), QStringLiteral("2")},
            {QStringLiteral("input_width"), QStringLiteral("32")},
            {QStringLiteral("input_height"), QStringLiteral("16")},
            {QStringLiteral("metrics"), QStringLiteral("{\"map5\":0.25}")},
            {QStringLiteral("calibration"), QStringLiteral("{}")}};
}

inline QByteArray safetensorsBytes(const QByteArray &header)
{
    QByteArray bytes(8, '\0');
    qToLittleEndian<quint64>(static_cast<quint64>(header.size()), bytes.data());
    return bytes + header;
}

inline QByteArray modelBytes(const QJsonObject &metadata)
{
    return safetensorsBytes(QJsonDocument(QJsonObject{{QStringLiteral("__metadata__"), metadata}}).toJson(QJsonDocument::Compact));
}

inline void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace flukeprint::workflows
