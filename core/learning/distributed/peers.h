#pragma once

#include "core/base/result.h"
#include "core/learning/distributed/launch.h"

#include <torch/types.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

namespace flukeprint::learning {

/// Another process is gone, or did not answer in time: nothing can be done together any more.
class PeerFailure : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// The processes that train together, by c10d: Gloo over TCP, and NCCL for what lies on a GPU where LibTorch and its headers have it (else that
/// goes through host memory). Every process calls the same functions in the same order; each call waits for all the others, at most for the
/// time-out, and throws PeerFailure where one is gone. Not thread-safe. The processes trust their network: c10d's ports ask for no password,
/// and process 0 listens on all of its machine's interfaces.
///
/// What is divided and what is joint (Learner and NormImpl do it, by these functions):
/// - A batch is the one that a single process would have: same sampler, same seed. It is cut between individuals (rowsTogether) into as
///   many parts as there are processes, each with its share of the unidentified photos; process i loads and embeds part i alone.
/// - Batch norms of the trunk use the statistics of the joint batch: their sums are added up forward and backward.
/// - The rows before the neck are gathered from all processes, in the order of the joint batch. From there on - neck, loss, class centres,
///   pair head - every process computes the same: the loss of the joint batch, whatever the loss compares. Its gradient goes back into the
///   process's own rows.
/// - Gradients of trunk and dense layers are added up (each process has the part that its rows contribute; nothing is averaged). Those of
///   neck and objective are whole in each process and are left alone. Clipping, optimizer step and weight averaging then do the same
///   everywhere; weights are sent out by process 0 before the first step and after each epoch, so that different processors cannot drift.
/// - Augmentation and dropout are drawn by each process for its own rows. With both off, losses are those of one process up to rounding.
/// - Triplets are mined and a frozen trunk's features computed in every process, which then make sure that they have the same batches. A run
///   limited in time goes by process 0's clock, a rate lowered after losses that are no numbers by process 0's count. A curriculum, which
///   follows validation, is for one process alone, and so is a batch halved for want of memory.
/// - Process 0 alone validates, probes, and writes the run folder; while it validates the others hear that it still does.
class Peers
{
public:
    virtual ~Peers() = default;

    /// Whether this program was built with a means to talk to others.
    [[nodiscard]] static bool areSupported();
    /// Waits until all processes are there. `timeout`: for this, and later for every call. Errors: DeviceUnavailable {"processes"} (see
    /// areSupported), InvalidArgument (some on a GPU, some not), PeerLost.
    static Result<std::unique_ptr<Peers>> join(const LaunchPlace &place, torch::Device device, std::chrono::milliseconds timeout);

    [[nodiscard]] virtual int rank() const = 0;
    [[nodiscard]] virtual int size() const = 0;

    // With NCCL the following three wait on the device alone; `settle` does so on the host.
    /// Adds a tensor up over all processes, in place; the same bits everywhere. Contiguous, of the same shape and type in each.
    virtual void addUp(torch::Tensor &tensor) = 0;
    /// [size, ...]: the tensors of all processes, which have the same shape.
    [[nodiscard]] virtual torch::Tensor gather(const torch::Tensor &tensor) = 0;
    /// Process 0's values for everybody, in place. Any layout.
    virtual void share(const std::vector<torch::Tensor> &tensors) = 0;
    /// Waits until the devices have done all that, in every process: only then is its result one to keep.
    virtual void settle() = 0;

    /// Whether any process says so.
    [[nodiscard]] bool any(bool here);
    /// PeerLost, as this process sees it.
    [[nodiscard]] Error lost(const PeerFailure &failure) const;
};

} // namespace flukeprint::learning
