// Model files come from the internet and from broken disks: whatever is wrong with one is said, and nothing else
// happens.
#include "core/base/atomic_file.h"
#include "core/learning/model/safetensors.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// A file of `header` and `dataBytes` bytes that count up.
std::string fileOf(const std::string &header, std::size_t dataBytes)
{
    const std::uint64_t length = header.size();
    std::string file(sizeof length, '\0');
    std::memcpy(file.data(), &length, sizeof length);
    file += header;
    for (std::size_t i = 0; i < dataBytes; ++i)
        file += static_cast<char>(i);
    return file;
}

std::string entry(const char *type, const char *shape, const char *offsets)
{
    return std::string(R"({"dtype":")") + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string withLength(std::string file, std::uint64_t length)
{
    std::memcpy(file.data(), &length, sizeof length);
    return file;
}

struct Broken
{
    std::string bytes;
    ErrorCode code;
    std::string tensor; ///< that the error must name; empty: none
};

} // namespace

class SafetensorsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void writesWhatItReads();
    void writtenTensorsAreAligned();
    void readsWhatOthersWrite();
    void brokenFilesAreRefused_data();
    void brokenFilesAreRefused();
    void missingFilesAndFoldersAreRefused();
    void aFileThatShrinksAfterOpeningIsNoticed();
    void badTensorsAreNotWritten();
    void aFailedWriteLeavesTheOldFile();

private:
    [[nodiscard]] std::filesystem::path path(const char *name) const
    {
        return std::filesystem::path(m_folder->path().toStdString()) / name;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void SafetensorsTest::writesWhatItReads()
{
    const std::vector<float> floats{1.5F, -2.25F, 3e30F, 0.0F, 1e-30F, 7.0F};
    const std::vector<std::int64_t> numbers{-5};
    const std::vector<std::uint8_t> bytes{1, 2, 3};
    const std::map<std::string, std::string> metadata{{"format", "test"}, {"name", "Bucht \"Süd\"\n"}};
    const auto file = path("a.safetensors");
    QVERIFY(writeSafetensors(file,
                             {{"weights", TensorType::F32, {2, 3}, std::as_bytes(std::span(floats))},
                              {"scalar", TensorType::I64, {}, std::as_bytes(std::span(numbers))},
                              {"nothing", TensorType::F64, {0, 4}, {}},
                              {"bytes", TensorType::U8, {3}, std::as_bytes(std::span(bytes))}},
                             metadata)
                .ok());
    auto reader = SafetensorsReader::open(file);
    QVERIFY2(reader.ok(), reader ? "" : reader.error().debugText().c_str());
    QCOMPARE(reader->metadata(), metadata);
    QCOMPARE(reader->tensors().size(), std::size_t{4});
    const TensorEntry *weights = reader->find("weights");
    QVERIFY(weights != nullptr);
    QCOMPARE(weights->shape, (std::vector<std::int64_t>{2, 3}));
    std::vector<float> read(6);
    QVERIFY(reader->read(*weights, std::as_writable_bytes(std::span(read))).ok());
    QCOMPARE(read, floats);
    std::vector<std::int64_t> readNumbers(1);
    QVERIFY(reader->read(*reader->find("scalar"), std::as_writable_bytes(std::span(readNumbers))).ok());
    QCOMPARE(readNumbers, numbers);
    QCOMPARE(reader->find("nothing")->elementCount(), 0);
    QVERIFY(reader->find("absent") == nullptr);
    QVERIFY(reader->read(*weights, std::as_writable_bytes(std::span(readNumbers))).error().code
            == ErrorCode::InvalidArgument);
}

void SafetensorsTest::writtenTensorsAreAligned()
{
    const std::vector<std::uint8_t> bytes(3);
    const std::vector<double> reals(2);
    const auto file = path("a.safetensors");
    QVERIFY(writeSafetensors(file,
                             {{"a", TensorType::U8, {3}, std::as_bytes(std::span(bytes))},
                              {"b", TensorType::F64, {2}, std::as_bytes(std::span(reals))}},
                             {})
                .ok());
    std::uint64_t headerBytes = 0;
    std::memcpy(&headerBytes, readFile(file)->data(), sizeof headerBytes);
    QCOMPARE(headerBytes % 8, std::uint64_t{0});
    QCOMPARE(SafetensorsReader::open(file)->find("b")->offset, std::uint64_t{0});
}

void SafetensorsTest::readsWhatOthersWrite()
{
    // Tensors in another order than their names, spaces after the header, an empty metadata object.
    const std::string header = R"({"__metadata__":{},"z":)" + entry("F16", "[2]", "[0,4]") + R"(,"a":)"
        + entry("BF16", "[1,2]", "[4,8]") + "}   ";
    QVERIFY(writeFileAtomically(path("a.safetensors"), fileOf(header, 8)).ok());
    auto reader = SafetensorsReader::open(path("a.safetensors"));
    QVERIFY2(reader.ok(), reader ? "" : reader.error().debugText().c_str());
    QCOMPARE(reader->tensors().front().name, std::string("a"));
    std::vector<std::byte> bytes(4);
    QVERIFY(reader->read(*reader->find("a"), bytes).ok());
    QCOMPARE(static_cast<int>(bytes[0]), 4);
}

void SafetensorsTest::brokenFilesAreRefused_data()
{
    QTest::addColumn<Broken>("broken");
    const auto row = [](const char *name, std::string bytes, ErrorCode code, const char *tensor = "") {
        QTest::newRow(name) << Broken{std::move(bytes), code, tensor};
    };
    const auto one = [](const std::string &description, std::size_t dataBytes) {
        return fileOf(R"({"w":)" + description + "}", dataBytes);
    };
    const auto damaged = ErrorCode::DataDamaged;
    const auto invalid = ErrorCode::TensorInvalid;
    const auto truncated = ErrorCode::FileTruncated;
    const std::string sound = one(entry("F32", "[2]", "[0,8]"), 8);
    row("empty", "", ErrorCode::FileEmpty);
    row("shorter than its length field", "\x10\0\0", truncated);
    row("ends inside the header", sound.substr(0, 20), truncated);
    row("ends inside the data", sound.substr(0, sound.size() - 1), truncated);
    row("header longer than the file", withLength(sound, 4096), truncated);
    row("absurd header length", withLength(sound, UINT64_MAX), damaged);
    row("header over the limit", withLength(sound, SafetensorsReader::maximumHeaderBytes + 1), damaged);
    row("empty header", fileOf("", 0), damaged);
    row("not JSON", fileOf("{\"w\":", 0), damaged);
    row("an array", fileOf("[1, 2]", 0), damaged);
    row("text of another format", "<!DOCTYPE html><html><body>Not found</body></html>", damaged);
    row("not UTF-8", fileOf("{\"\xff\xfe\":" + entry("F32", "[2]", "[0,8]") + "}", 8), damaged);
    row("deeply nested", fileOf("{\"w\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}", 0), invalid,
        "w");
    row("bytes after the last tensor", sound + "x", damaged);
    row("metadata not an object", fileOf(R"({"__metadata__":[]})", 0), damaged);
    row("metadata not a string", fileOf(R"({"__metadata__":{"a":1}})", 0), damaged);
    row("not a description", one("7", 0), invalid, "w");
    row("unknown dtype", one(entry("F99", "[2]", "[0,8]"), 8), invalid, "w");
    row("no dtype", one(R"({"shape":[2],"data_offsets":[0,8]})", 8), invalid, "w");
    row("no shape", one(R"({"dtype":"F32","data_offsets":[0,8]})", 8), invalid, "w");
    row("no offsets", one(R"({"dtype":"F32","shape":[2]})", 8), invalid, "w");
    row("negative side", one(entry("F32", "[-2]", "[0,8]"), 8), invalid, "w");
    row("fractional side", one(entry("F32", "[2.5]", "[0,8]"), 8), invalid, "w");
    row("side over 63 bits", one(entry("F32", "[18446744073709551615]", "[0,8]"), 8), invalid, "w");
    row("size that overflows", one(entry("F32", "[4294967296,4294967296]", "[0,0]"), 0), invalid, "w");
    row("size that overflows to the right one", one(entry("F32", "[4611686018427387906]", "[0,8]"), 8), invalid, "w");
    row("too many dimensions", one(entry("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), 1), invalid, "w");
    row("fewer bytes than its shape", one(entry("F32", "[2]", "[0,4]"), 4), invalid, "w");
    row("more bytes than its shape", one(entry("F32", "[2]", "[0,12]"), 12), invalid, "w");
    row("offsets run backwards", one(entry("F32", "[2]", "[8,0]"), 8), invalid, "w");
    row("three offsets", one(entry("F32", "[2]", "[0,4,8]"), 8), invalid, "w");
    row("offsets beyond the file", one(entry("F32", "[1024]", "[0,4096]"), 8), truncated);
    row("gap before the first tensor", one(entry("F32", "[2]", "[4,12]"), 12), invalid, "w");
    row("offset near the end of the numbers",
        one(entry("F32", "[2]", "[18446744073709551607,18446744073709551615]"), 8), invalid, "w");
    row("a name twice",
        fileOf(R"({"w":)" + entry("F32", "[1]", "[0,4]") + R"(,"w":)" + entry("F32", "[1]", "[4,8]") + "}", 8), invalid,
        "w");
    row("tensors that overlap",
        fileOf(R"({"w":)" + entry("F32", "[2]", "[0,8]") + R"(,"v":)" + entry("F32", "[2]", "[4,12]") + "}", 12),
        invalid, "v");
    row("a gap between tensors",
        fileOf(R"({"w":)" + entry("F32", "[1]", "[0,4]") + R"(,"v":)" + entry("F32", "[1]", "[8,12]") + "}", 12),
        invalid, "v");
}

void SafetensorsTest::brokenFilesAreRefused()
{
    QFETCH(Broken, broken);
    const auto file = path("broken.safetensors");
    QVERIFY(writeFileAtomically(file, broken.bytes).ok());
    const auto reader = SafetensorsReader::open(file);
    QVERIFY(!reader.ok());
    const Error &error = reader.error();
    QVERIFY2(error.code == broken.code, error.debugText().c_str());
    QCOMPARE(error.args.at(0), file.string());
    if (!broken.tensor.empty())
        QCOMPARE(error.args.at(1), broken.tensor);
}

void SafetensorsTest::missingFilesAndFoldersAreRefused()
{
    QVERIFY(SafetensorsReader::open(path("absent")).error().code == ErrorCode::FileNotFound);
    QVERIFY(SafetensorsReader::open(m_folder->path().toStdString()).error().code == ErrorCode::FileUnreadable);
}

void SafetensorsTest::aFileThatShrinksAfterOpeningIsNoticed()
{
    const auto file = path("a.safetensors");
    const std::vector<float> floats(1000);
    QVERIFY(writeSafetensors(file, {{"w", TensorType::F32, {1000}, std::as_bytes(std::span(floats))}}, {}).ok());
    auto reader = SafetensorsReader::open(file);
    std::filesystem::resize_file(file, 200);
    std::vector<std::byte> bytes(4000);
    QVERIFY(reader->read(*reader->find("w"), bytes).error().code == ErrorCode::FileTruncated);
}

void SafetensorsTest::badTensorsAreNotWritten()
{
    const std::vector<float> floats(2);
    const auto bytes = std::as_bytes(std::span(floats));
    const auto file = path("a.safetensors");
    const auto refused = [&](std::vector<TensorToWrite> tensors, std::map<std::string, std::string> metadata = {}) {
        const auto result = writeSafetensors(file, std::move(tensors), metadata);
        return !result && result.error().code == ErrorCode::InvalidArgument && !std::filesystem::exists(file);
    };
    QVERIFY(refused({{"w", TensorType::F32, {3}, bytes}}));
    QVERIFY(refused({{"", TensorType::F32, {2}, bytes}}));
    QVERIFY(refused({{"w", TensorType::F32, {2}, bytes}, {"w", TensorType::F32, {2}, bytes}}));
    QVERIFY(refused({{"__metadata__", TensorType::F32, {2}, bytes}}));
    QVERIFY(refused({{"w", TensorType::F32, {2}, bytes}}, {{"name", "\xff\xfe"}}));
}

void SafetensorsTest::aFailedWriteLeavesTheOldFile()
{
    const auto file = path("a.safetensors");
    QVERIFY(writeFileAtomically(file, "old").ok());
    std::filesystem::create_directory(path("a.safetensors.partial"));
    const std::vector<float> floats(2);
    QVERIFY(!writeSafetensors(file, {{"w", TensorType::F32, {2}, std::as_bytes(std::span(floats))}}, {}).ok());
    QCOMPARE(*readFile(file), std::string("old"));
}

QTEST_GUILESS_MAIN(SafetensorsTest)
#include "tst_safetensors.moc"
