#pragma once

#include <functional>
#include <string>
#include <string_view>

/// What published weights are, by the names of their tensors alone: the host judges a file by them before a worker starts, and the
/// worker loads by them.
namespace flukeprint::protocol {

using HasTensor = std::function<bool(std::string_view name)>;

/// The network (a value of the setting "network") that a file of weights is of. `stated`: the file's own metadata "architecture", which
/// may go on after the name. A relative that this program does not have is named ("resnet34", "vgg19"); else what was stated, perhaps
/// nothing.
[[nodiscard]] std::string guessArchitecture(const std::string &stated, const HasTensor &has);

/// torchvision's name, which is ours too, for a tensor of timm's where timm calls it otherwise: mobilenetv2_100 (network
/// "mobilenet_v2"), vgg16 ("vgg16", "deep_ranking"; its dense layers are 7x7 and 1x1 convolutions there). Any other name as it is.
[[nodiscard]] std::string torchvisionName(std::string_view network, const std::string &name);

} // namespace flukeprint::protocol
