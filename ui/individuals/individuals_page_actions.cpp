#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "ui/dialogs/individual_picker.h"
#include "ui/individuals/individual_form.h"
#include "ui/individuals/individuals_page.h"
#include "ui/models/annotation_model.h"
#include "ui/models/individual_model.h"

#include <QAction>

namespace flukeprint::ui {

void IndividualsPage::buildActions()
{
    const auto add = [this](const char *name, const QString &text, const QString &shortName, auto slot) {
        auto *action = new QAction(text, this);
        action->setObjectName(QString::fromLatin1(name));
        action->setIconText(shortName);
        action->setEnabled(false);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_showInCatalogue = add("actionShowInCatalogue", tr("Show Individual in &Catalogue"), tr("Show in catalogue"), [this] {
        const AnnotationId photo = chosenPhoto();
        Q_EMIT individualRequested(QStringLiteral("catalogue"), m_form->individual());
        if (photo.isValid())
            Q_EMIT annotationsRequested(QStringLiteral("catalogue"), {photo});
    });
    m_representative = add("actionMakeRepresentative", tr("Make Photo &Representative"), tr("Make representative"), [this] { makeRepresentative(); });
    m_merge = add("actionMergeIndividual", tr("&Merge Individual into Another\u2026"), tr("Merge\u2026"), [this] { mergeInto(); });
}

QList<QAction *> IndividualsPage::menuActions(MenuPlace place) const
{
    if (place == MenuPlace::Edit)
        return {m_representative, m_merge};
    return place == MenuPlace::View ? QList<QAction *> {m_showInCatalogue} : QList<QAction *>();
}

void IndividualsPage::makeRepresentative()
{
    const IndividualId individual = m_form->individual();
    const AnnotationId photo = chosenPhoto();
    if (!m_session || !individual.isValid() || !photo.isValid())
        return;
    const auto before = catalogue::IndividualStore(m_session->catalogue()).get(individual);
    if (!before)
        return;
    const auto set = [this, individual](AnnotationId annotation) {
        const auto done = catalogue::IndividualStore(m_session->catalogue()).setRepresentative(individual, annotation);
        if (!done)
            Q_EMIT failure(tr("Choosing the representative photo"), done.error());
        else
            m_session->noteIndividualsChanged();
        return done.ok();
    };
    if (!set(photo))
        return;
    Q_EMIT edited({tr("representative photo"), [set, old = before.value().representative] { return set(old); }, [set, photo] { return set(photo); }});
    Q_EMIT notice(tr("This photo stands for %1 now").arg(before.value().code), true);
}

void IndividualsPage::mergeInto()
{
    const IndividualId from = m_form->individual();
    const catalogue::IndividualRow *row = m_model->rowAt(m_model->rowOf(from));
    if (!m_session || !row)
        return;
    const QString code = row->code;
    const auto choice = IndividualPicker::pick(m_session->catalogue(), tr("Merge %1 into").arg(code), false, this, tr("Merge"));
    if (!choice || !choice->individual.isValid() || choice->individual == from)
        return;
    const auto merged = m_session->merge(from, choice->individual);
    if (!merged) {
        Q_EMIT failure(tr("Merging %1").arg(code), merged.error());
        return;
    }
    Q_EMIT notice(tr("%1 merged; its code still finds the animal").arg(code), true);
    showIndividual(choice->individual);
}

} // namespace flukeprint::ui
