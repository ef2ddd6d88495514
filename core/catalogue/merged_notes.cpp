#include "core/catalogue/merged_notes.h"

#include "core/catalogue/database.h"
#include "core/catalogue/in_transaction.h"

namespace flukeprint::catalogue {

namespace {

const QString notesQuery = QStringLiteral("SELECT notes FROM individual WHERE id = ?");

/// "w_2: white scar on the left"; empty where there is nothing to carry.
Result<QString> carried(Database &database, IndividualId from)
{
    const Result<QString> notes = database.text(notesQuery, {idValue(from)});
    if (!notes || notes->trimmed().isEmpty())
        return notes ? Result<QString>(QString()) : notes;
    const Result<QString> code = database.text(QStringLiteral("SELECT code FROM individual WHERE id = ?"), {idValue(from)});
    return code ? Result<QString>(*code + QStringLiteral(": ") + *notes) : code;
}

struct Notes
{
    QString added; ///< empty: nothing is carried
    QString all; ///< of the survivor
};

Result<Notes> notesOf(Database &database, IndividualId from, IndividualId into)
{
    const Result<QString> added = carried(database, from);
    if (!added)
        return added.error();
    const Result<QString> all = database.text(notesQuery, {idValue(into)});
    if (!all)
        return all.error();
    return Notes{*added, *all};
}

Result<void> setNotes(Database &database, IndividualId individual, const QString &notes)
{
    return withoutCount(database.run(QStringLiteral("UPDATE individual SET notes = ? WHERE id = ?"), {notes, idValue(individual)}));
}

} // namespace

Result<void> carryNotes(Database &database, IndividualId from, IndividualId into)
{
    const Result<Notes> notes = notesOf(database, from, into);
    if (!notes || notes->added.isEmpty())
        return notes ? Result<void>() : notes.error();
    return setNotes(database, into, notes->all.isEmpty() ? notes->added : notes->all + QLatin1Char('\n') + notes->added);
}

Result<void> takeNotesBack(Database &database, IndividualId from, IndividualId into)
{
    const Result<Notes> notes = notesOf(database, from, into);
    if (!notes || notes->added.isEmpty())
        return notes ? Result<void>() : notes.error();
    if (notes->all == notes->added)
        return setNotes(database, into, QString());
    const QString behind = QLatin1Char('\n') + notes->added;
    const qsizetype place = notes->all.lastIndexOf(behind);
    const qsizetype end = place + behind.size();
    if (place < 0 || (end < notes->all.size() && notes->all.at(end) != QLatin1Char('\n')))
        return {};
    return setNotes(database, into, notes->all.left(place) + notes->all.mid(end));
}

} // namespace flukeprint::catalogue
