#pragma once

#include "core/imaging/image.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Photo files made on the spot, for tests: nothing is checked in and nothing depends on the code under test's readers.
namespace flukeprint::testfiles {

using Bytes = std::vector<std::uint8_t>;

/// A picture in which every place is different: red grows to the right, green downwards, blue is a checker of 16 px.
imaging::Image gradient(int width, int height);

struct Exif
{
    int orientation = 0; ///< 0: not written
    std::map<std::string, std::string> values; ///< Exiv2 key to text
};

/// Adds EXIF to JPEG, PNG or TIFF bytes.
Bytes withExif(const Bytes &photo, const Exif &exif);

/// CMYK as Adobe writes it: inverted, with its marker.
Bytes cmykJpeg(const imaging::Image &image);
Bytes progressiveJpeg(const imaging::Image &image);

/// PNG through Qt; 16 bit with alpha where `deep`.
Bytes png(const imaging::Image &image, bool deep = false);

struct TiffOptions
{
    int bits = 8; ///< 8 or 16
    int channels = 3; ///< 1, 3, or 4 (with alpha)
    int orientation = 1;
    bool bigEndian = false;
};
/// Uncompressed, one strip.
Bytes tiff(const imaging::Image &image, const TiffOptions &options);

struct DngOptions
{
    int orientation = 1;
    Bytes preview; ///< a JPEG for the first directory; empty: no preview
};
/// A minimal DNG: 16-bit RGGB mosaic of the picture, at its size (both sides even).
Bytes dng(const imaging::Image &image, const DngOptions &options);

} // namespace flukeprint::testfiles
