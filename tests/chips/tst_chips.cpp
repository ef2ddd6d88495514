#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <vector>

using namespace flukeprint;
using namespace flukeprint::chips;

namespace {

std::vector<std::uint8_t> patterned(std::size_t size, int seed)
{
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + static_cast<std::size_t>(seed) * 7);
    return bytes;
}

} // namespace

class TestChips : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void chipsComeBackByteForByte();
    void unfinishedPackLeavesNothing();
    void chipOfAnotherSizeIsRefused();
    void absurdShapeIsRefused();
    void truncatedPackIsRefused_data();
    void truncatedPackIsRefused();
    void damagedHeaderIsRefused();
    void emptyPackIsValid();
    void embeddingsComeBack();
    void truncatedEmbeddingsAreRefused();
    void mismatchedEmbeddingsAreRefused();

private:
    [[nodiscard]] QString packPath() const { return m_dir->filePath("a.fpc"); }
    void writePack(int count) const;
    QScopedPointer<QTemporaryDir> m_dir;
};

void TestChips::init() { m_dir.reset(new QTemporaryDir); }

void TestChips::writePack(int count) const
{
    Result<ChipPackWriter> writer = ChipPackWriter::create(packPath().toStdString(), {8, 4, 3});
    QVERIFY(writer.ok());
    for (int i = 0; i < count; ++i)
        QVERIFY(writer->append(AnnotationId(100 + i), patterned(96, i)).ok());
    QVERIFY(writer->finish().ok());
}

void TestChips::chipsComeBackByteForByte()
{
    writePack(5);
    const Result<ChipPackReader> reader = ChipPackReader::open(packPath().toStdString());
    QVERIFY(reader.ok());
    QCOMPARE(reader->count(), std::size_t{5});
    QCOMPARE(reader->shape(), (ChipShape{8, 4, 3}));
    for (int i = 0; i < 5; ++i) {
        const auto chip = reader->chip(static_cast<std::size_t>(i));
        QCOMPARE(std::vector<std::uint8_t>(chip.begin(), chip.end()), patterned(96, i));
    }
    QCOMPARE(reader->find(AnnotationId(103)).value(), std::size_t{3});
    QVERIFY(!reader->find(AnnotationId(7)));
}

void TestChips::unfinishedPackLeavesNothing()
{
    {
        Result<ChipPackWriter> writer = ChipPackWriter::create(packPath().toStdString(), {8, 4, 3});
        QVERIFY(writer.ok());
        QVERIFY(writer->append(AnnotationId(1), patterned(96, 1)).ok());
    }
    QVERIFY(QDir(m_dir->path()).entryList(QDir::Files).isEmpty());
}

void TestChips::chipOfAnotherSizeIsRefused()
{
    Result<ChipPackWriter> writer = ChipPackWriter::create(packPath().toStdString(), {8, 4, 3});
    QCOMPARE(writer->append(AnnotationId(1), patterned(95, 1)).error().code, ErrorCode::InvalidArgument);
}

void TestChips::absurdShapeIsRefused()
{
    for (const ChipShape shape : {ChipShape{0, 4, 3}, ChipShape{8, 5000, 3}, ChipShape{8, 4, 2}})
        QCOMPARE(ChipPackWriter::create(packPath().toStdString(), shape).error().code, ErrorCode::InvalidArgument);
}

void TestChips::truncatedPackIsRefused_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {1, 63, 64, 100, 64 + 5 * 96, 64 + 5 * 104 - 1})
        QTest::newRow(qPrintable(QString::number(size))) << size;
}

void TestChips::truncatedPackIsRefused()
{
    QFETCH(int, size);
    writePack(5);
    QVERIFY(QFile(packPath()).resize(size));
    QCOMPARE(ChipPackReader::open(packPath().toStdString()).error().code, ErrorCode::FileTruncated);
}

void TestChips::damagedHeaderIsRefused()
{
    writePack(5);
    QFile file(packPath());
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(8);
    file.write(QByteArray(1, 9)); // version 9
    file.close();
    QCOMPARE(ChipPackReader::open(packPath().toStdString()).error().code, ErrorCode::VersionTooNew);

    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write("NOTAPACK");
    file.close();
    QCOMPARE(ChipPackReader::open(packPath().toStdString()).error().code, ErrorCode::FormatUnknown);

    QVERIFY(file.resize(0));
    QCOMPARE(ChipPackReader::open(packPath().toStdString()).error().code, ErrorCode::FileEmpty);
    QCOMPARE(ChipPackReader::open(m_dir->filePath("none").toStdString()).error().code, ErrorCode::FileNotFound);
}

void TestChips::emptyPackIsValid()
{
    writePack(0);
    const Result<ChipPackReader> reader = ChipPackReader::open(packPath().toStdString());
    QVERIFY(reader.ok());
    QCOMPARE(reader->count(), std::size_t{0});
}

void TestChips::embeddingsComeBack()
{
    const std::string path = m_dir->filePath("a.fpe").toStdString();
    const EmbeddingTable table{2, {AnnotationId(5), AnnotationId(9)}, {0.6F, 0.8F, -1.0F, 0.0F}};
    QVERIFY(writeEmbeddings(path, table).ok());
    const Result<EmbeddingTable> back = readEmbeddings(path);
    QVERIFY(back.ok());
    QCOMPARE(back->dimension, 2U);
    QCOMPARE(back->ids, table.ids);
    QCOMPARE(back->vectors, table.vectors);
    QCOMPARE(back->row(1)[0], -1.0F);
}

void TestChips::truncatedEmbeddingsAreRefused()
{
    const QString path = m_dir->filePath("a.fpe");
    QVERIFY(writeEmbeddings(path.toStdString(), {2, {AnnotationId(5)}, {0.6F, 0.8F}}).ok());
    QVERIFY(QFile(path).resize(QFile(path).size() - 1));
    QCOMPARE(readEmbeddings(path.toStdString()).error().code, ErrorCode::FileTruncated);
}

void TestChips::mismatchedEmbeddingsAreRefused()
{
    QCOMPARE(writeEmbeddings(m_dir->filePath("a.fpe").toStdString(), {3, {AnnotationId(5)}, {0.6F, 0.8F}}).error().code,
             ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(TestChips)
#include "tst_chips.moc"
