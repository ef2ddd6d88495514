#include "core/evaluation/report.h"

#include <cmath>

namespace flukeprint::evaluation {

namespace {

class RowWriter
{
public:
    void add(std::string key, const Estimate &estimate)
    {
        if (estimate.isAvailable())
            rows.push_back({std::move(key), estimate});
    }

    void add(std::string key, double value, std::size_t count)
    {
        Estimate estimate;
        estimate.value = value;
        estimate.count = count;
        add(std::move(key), estimate);
    }

    void add(const std::string &protocol, const RetrievalFigures &figures)
    {
        add(protocol + ".top1", figures.top1);
        add(protocol + ".top5", figures.top5);
        add(protocol + ".map5", figures.map5);
    }

    std::vector<ReportRow> rows;
};

} // namespace

std::vector<ReportRow> reportRows(const ProtocolFigures &figures)
{
    RowWriter writer;
    writer.add("closed", figures.closed);
    writer.add("kaggle.map5", figures.kaggle.map5);
    writer.add("kaggle.new_always_first", figures.kaggle.newAlwaysFirst);
    writer.add("kaggle.new_alone", figures.kaggle.newAlone);
    if (figures.kaggle.queries > 0)
        writer.add("kaggle.threshold", figures.kaggle.threshold, figures.kaggle.queries);
    writer.add("disjoint", figures.disjoint);
    writer.add("auroc_new", figures.aurocNew);
    writer.add("auroc_new_shown", figures.aurocNewShown);
    writer.add("ece", figures.ece);
    writer.add("ece_by_chance", figures.eceByChance);
    writer.add("ece_known", figures.eceKnown);
    writer.add("ece_new", figures.eceNew);
    writer.add("validation", figures.validation);
    writer.add("cluster.radius", figures.radius);
    writer.add("cluster.separation", figures.separation);
    return std::move(writer.rows);
}

} // namespace flukeprint::evaluation
