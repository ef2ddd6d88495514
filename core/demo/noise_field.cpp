#include "core/demo/noise_field.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::demo {

cv::Mat fractalNoise(Random &random, cv::Size size, int cellsX, int cellsY, int octaves, double persistence)
{
    // Three pixels a finest cell show all there is; the rest is one enlargement, which costs less than one an octave.
    const cv::Size small(std::min(size.width, 3 * (cellsX << (octaves - 1))),
                         std::min(size.height, 3 * (cellsY << (octaves - 1))));
    cv::Mat sum = cv::Mat::zeros(small, CV_32F);
    double strength = 1;
    double total = 0;
    for (int octave = 0; octave < octaves; ++octave) {
        cv::Mat grid(cellsY << octave, cellsX << octave, CV_32F);
        for (int y = 0; y < grid.rows; ++y) {
            for (int x = 0; x < grid.cols; ++x)
                grid.at<float>(y, x) = static_cast<float>(random.uniform(-1.6, 1.6));
        }
        cv::Mat layer;
        cv::resize(grid, layer, small, 0, 0, octave == 0 ? cv::INTER_CUBIC : cv::INTER_LINEAR);
        cv::scaleAdd(layer, strength, sum, sum);
        total += strength * strength;
        strength *= persistence;
    }
    sum /= std::sqrt(total);
    if (small == size)
        return sum;
    cv::Mat enlarged;
    cv::resize(sum, enlarged, size, 0, 0, cv::INTER_LINEAR);
    return enlarged;
}

} // namespace flukeprint::demo
