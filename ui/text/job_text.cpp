#include "core/jobs/job_queue.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"

#include <QFileInfo>

namespace flukeprint::ui {

namespace {

class JobText
{
    Q_DECLARE_TR_FUNCTIONS(JobText)

public:
    static QString title(const jobs::JobTitle &title);
    static QString stage(const std::string &stage);
    static QString running(const jobs::JobStatus &status);
    static QString standing(const jobs::JobStatus &status);
};

QString JobText::title(const jobs::JobTitle &title)
{
    const QString code = QString::fromStdString(title.code);
    const QString first = title.args.empty() ? QString() : QString::fromStdString(title.args.front());
    const QString name = QFileInfo(first).fileName().isEmpty() ? first : QFileInfo(first).fileName();
    if (code == QLatin1String("import"))
        return name.isEmpty() ? tr("Importing photos") : tr("Importing %1").arg(name);
    if (code == QLatin1String("embed"))
        return name.isEmpty() ? tr("Reading flukes") : tr("Reading flukes with %1").arg(name);
    if (code == QLatin1String("train"))
        return tr("Training %1").arg(title.args.size() > 1 ? QString::fromStdString(title.args[1]) : name);
    if (code == QLatin1String("activate"))
        return tr("Switching to model %1").arg(name);
    if (code == QLatin1String("propose"))
        return tr("Looking for candidates");
    if (code == QLatin1String("evaluate"))
        return tr("Measuring accuracy");
    if (code == QLatin1String("mine"))
        return tr("Looking for hard triplets");
    if (code == QLatin1String("model"))
        return tr("Importing model %1").arg(name);
    if (code == QLatin1String("export"))
        return tr("Exporting %1").arg(name);
    if (code == QLatin1String("backup"))
        return tr("Backing up to %1").arg(name);
    if (code == QLatin1String("verify"))
        return tr("Verifying the catalogue");
    if (code == QLatin1String("repair"))
        return tr("Repairing the catalogue");
    if (code == QLatin1String("preview"))
        return tr("Showing the alteration of photos");
    if (code == QLatin1String("demo"))
        return tr("Drawing the demo catalogue");
    return code;
}

QString JobText::stage(const std::string &stage)
{
    const QString code = QString::fromStdString(stage);
    if (code == QLatin1String("scanning"))
        return tr("looking for photos");
    if (code == QLatin1String("hashing"))
        return tr("reading files");
    if (code == QLatin1String("database"))
        return tr("checking the database");
    if (code == QLatin1String("references"))
        return tr("checking references");
    if (code == QLatin1String("models"))
        return tr("checking models");
    if (code == QLatin1String("embeddings"))
        return tr("checking fingerprints");
    if (code == QLatin1String("photos"))
        return tr("checking photos");
    if (code == QLatin1String("projection"))
        return tr("reading the decisions again");
    if (code == QLatin1String("labelling"))
        return tr("taking over identities");
    if (code == QLatin1String("grouping"))
        return tr("looking for near-duplicates");
    if (code == QLatin1String("copying"))
        return tr("copying files");
    if (code == QLatin1String("exporting"))
        return tr("writing");
    if (code == QLatin1String("mining"))
        return tr("looking for hard triplets");
    if (code == QLatin1String("importing"))
        return tr("importing");
    if (code == QLatin1String("drawing"))
        return tr("drawing");
    if (code == QLatin1String("drawing_preview"))
        return tr("altering photos");
    if (code == QLatin1String("locating"))
        return tr("finding the flukes");
    if (code == QLatin1String("chips") || code == QLatin1String("packing"))
        return tr("cutting out the flukes");
    if (code == QLatin1String("embedding"))
        return tr("reading the flukes");
    if (code == QLatin1String("ranking"))
        return tr("comparing with known individuals");
    if (code == QLatin1String("training"))
        return tr("training");
    if (code == QLatin1String("evaluating") || code == QLatin1String("validating"))
        return tr("measuring");
    if (code == QLatin1String("freezing"))
        return tr("choosing the photos");
    if (code == QLatin1String("preparing"))
        return tr("preparing");
    if (code == QLatin1String("finishing"))
        return tr("measuring and calibrating the new model");
    if (code == QLatin1String("registering"))
        return tr("adding the new model");
    if (code == QLatin1String("comparing"))
        return tr("comparing with the model in use");
    return code;
}

QString JobText::running(const jobs::JobStatus &status)
{
    QStringList parts;
    // A run prepares and finishes beside its steps; the share of one must not be read as that of the other.
    const bool isTraining = status.title.code == "train";
    const bool isBeside = isTraining && !status.progress.stage.empty() && status.progress.stage != "training";
    if (isBeside)
        parts << stage(status.progress.stage);
    if (status.progress.total > 0)
        parts << percentText(static_cast<double>(status.progress.done) / static_cast<double>(status.progress.total));
    else if (status.progress.done > 0)
        parts << countText(status.progress.done);
    // Steps of a training say nothing to a person; its page tells photos a second.
    if (status.perSecond > 0 && !isTraining)
        parts << tr("%1/s").arg(rateText(status.perSecond));
    if (status.secondsLeft && !isBeside)
        parts << tr("%1 left").arg(durationText(*status.secondsLeft));
    if (parts.isEmpty() && !status.progress.stage.empty())
        parts << stage(status.progress.stage);
    return parts.isEmpty() ? tr("starting") : parts.join(QStringLiteral("   "));
}

QString JobText::standing(const jobs::JobStatus &status)
{
    using jobs::JobState;
    if (status.cancelRequested && (status.state == JobState::Running || status.state == JobState::Paused))
        return tr("stopping");
    switch (status.state) {
    case JobState::Queued: return tr("waiting for its turn");
    case JobState::Running: return running(status);
    case JobState::Paused: return tr("paused");
    case JobState::Finished:
        return status.warningCount > 0 ? tr("done, %n warning(s)", nullptr, static_cast<int>(status.warningCount)) : tr("done");
    case JobState::Failed: return messageFor(status.error);
    case JobState::Cancelled: return tr("cancelled");
    }
    return {};
}

} // namespace

QString jobTitle(const jobs::JobTitle &title)
{
    return JobText::title(title);
}

QString stageText(const std::string &stage)
{
    return JobText::stage(stage);
}

QString jobStanding(const jobs::JobStatus &status)
{
    return JobText::standing(status);
}

} // namespace flukeprint::ui
