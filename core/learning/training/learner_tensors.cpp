// What a learner leaves in checkpoints and model files.
#include "core/learning/training/learner.h"

#include <torch/torch.h>

namespace flukeprint::learning {

NamedTensors Learner::weights()
{
    NamedTensors tensors;
    for (auto &[name, tensor] : namedTensors(m_network))
        tensors["network." + name] = tensor.detach();
    for (const auto &[name, tensor] : m_objective->parameters())
        tensors["objective." + name] = tensor.detach();
    if (m_averaging) {
        for (auto &[name, tensor] : namedTensors(m_average))
            tensors["average.network." + name] = tensor.detach();
        for (const auto &[name, tensor] : m_averageObjective->parameters())
            tensors["average.objective." + name] = tensor.detach();
    }
    return tensors;
}

NamedTensors Learner::modelTensors()
{
    NamedTensors tensors;
    Objective &objective = m_averaging ? *m_averageObjective : *m_objective;
    if (objective.belongsToModel()) {
        for (const auto &[name, tensor] : objective.parameters())
            tensors[name] = tensor.detach();
    }
    return tensors;
}

NamedTensors Learner::optimizerState()
{
    NamedTensors tensors = m_optimizer->state();
    tensors["averaged_steps"] = torch::tensor({m_averager.averaged}, torch::kLong);
    return tensors;
}

Result<void> Learner::restore(const NamedTensors &savedWeights, const NamedTensors &savedState, const std::string &path)
{
    const torch::NoGradGuard noGradient;
    NamedTensors own = weights();
    own["averaged_steps"] = torch::zeros({1}, torch::kLong);
    for (const auto &[name, tensor] : own) {
        const NamedTensors &saved = name == "averaged_steps" ? savedState : savedWeights;
        const auto found = saved.find(name);
        if (found == saved.end() || found->second.sizes() != tensor.sizes())
            return Error(ErrorCode::DataDamaged, {path, "tensor " + name + " is missing or of another shape"});
    }
    if (const Result<void> restored = m_optimizer->restore(savedState, path); !restored)
        return restored;
    for (auto &[name, tensor] : weights())
        tensor.copy_(savedWeights.at(name));
    m_averager.averaged = savedState.at("averaged_steps").item<std::int64_t>();
    return {};
}

} // namespace flukeprint::learning
