#include "core/imaging/photo_sheet.h"

#include <QTest>

#include <algorithm>
#include <array>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

Image plain(int width, int height, std::uint8_t value)
{
    Image image(width, height);
    std::fill(image.pixels.begin(), image.pixels.end(), value);
    return image;
}

using Colour = std::array<int, 3>;

Colour at(const Image &image, int x, int y)
{
    const std::uint8_t *pixel = image.row(y) + 3 * x;
    return {pixel[0], pixel[1], pixel[2]};
}

} // namespace

class TestPhotoSheet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void photosStandInRowsWithTheirBoxes();
    void captionsAreWrittenBelow();
    void whatCannotBeDrawnIsRefused();
};

void TestPhotoSheet::photosStandInRowsWithTheirBoxes()
{
    const SheetOptions options{2, 100, 60};
    const std::vector<SheetTile> tiles{{plain(200, 120, 90), {{Box::fromCorners(40, 20, 160, 100), {255, 0, 0}}}, "one"},
                                       {plain(50, 60, 120), {}, "two"},
                                       {plain(200, 120, 200), {}, "three"}};
    const auto sheet = photoSheet(tiles, options);
    QVERIFY(sheet.ok());
    QCOMPARE(sheet->width, 2 * 106 + 6);
    QCOMPARE(sheet->height, 2 * 88 + 6);
    QCOMPARE(at(*sheet, 6 + 5, 6 + 5), (Colour{90, 90, 90}));
    QCOMPARE(at(*sheet, 6 + 50, 6 + 10), (Colour{255, 0, 0})); // the box's upper side, at half size
    QCOMPARE(at(*sheet, 6 + 20, 6 + 30), (Colour{255, 0, 0}));
    QCOMPARE(at(*sheet, 6 + 50, 6 + 30), (Colour{90, 90, 90}));
    QCOMPARE(at(*sheet, 112 + 50, 6 + 30), (Colour{120, 120, 120})); // a portrait stands in the middle of its tile
    QCOMPARE(at(*sheet, 112 + 10, 6 + 30), (Colour{28, 28, 28}));
    QCOMPARE(at(*sheet, 6 + 50, 6 + 88 + 30), (Colour{200, 200, 200}));
}

void TestPhotoSheet::captionsAreWrittenBelow()
{
    const SheetOptions options{1, 120, 60};
    const auto with = photoSheet({{plain(120, 60, 90), {}, "fluke 0.99"}}, options);
    const auto without = photoSheet({{plain(120, 60, 90), {}, ""}}, options);
    QVERIFY(with.ok() && without.ok());
    int bright = 0;
    for (int y = 0; y < with->height; ++y) {
        for (int x = 0; x < with->width; ++x) {
            if (at(*with, x, y) == at(*without, x, y))
                continue;
            QVERIFY(y >= 66);
            ++bright;
        }
    }
    QVERIFY(bright > 50);
}

void TestPhotoSheet::whatCannotBeDrawnIsRefused()
{
    QCOMPARE(photoSheet({}).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(photoSheet({{Image(), {}, ""}}).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(photoSheet({{plain(8, 8, 1), {}, ""}}, {0, 100, 100}).error().code, ErrorCode::InvalidArgument);
    const std::vector<SheetTile> many(100, SheetTile{plain(8, 8, 1), {}, ""});
    QCOMPARE(photoSheet(many, {100, 320, 220}).error().code, ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(TestPhotoSheet)
#include "tst_photo_sheet.moc"
