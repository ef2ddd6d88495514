#include "ui/training/setting_fields.h"

#include <QAbstractItemView>
#include <QStyleOptionComboBox>
#include <QStylePainter>

#include <algorithm>
#include <optional>

namespace flukeprint::ui {

namespace {

std::optional<double> numberIn(const QLocale &locale, const QString &text)
{
    bool isNumber = false;
    const double value = locale.toDouble(text.trimmed(), &isNumber);
    return isNumber ? std::optional(value) : std::nullopt;
}

/// What the box itself refuses may still be a number, only too large or too small.
template<typename Box>
QValidator::State widened(const Box &box, QValidator::State state, const QString &input)
{
    return state == QValidator::Invalid && numberIn(box.locale(), input) ? QValidator::Intermediate : state;
}

template<typename Box>
void bringInside(const Box &box, QString &input, const CorrectedFn &corrected)
{
    const auto typed = numberIn(box.locale(), input);
    if (!typed)
        return;
    using Value = decltype(box.minimum());
    const auto taken = static_cast<Value>(std::clamp(*typed, static_cast<double>(box.minimum()), static_cast<double>(box.maximum())));
    const QString before = input;
    input = taken == box.minimum() && !box.specialValueText().isEmpty() ? box.specialValueText() : box.textOf(taken);
    if (*typed != static_cast<double>(taken) && corrected)
        corrected(before, input);
}

} // namespace

ChoiceBox::ChoiceBox(QWidget *parent)
    : QComboBox(parent)
{
    constexpr int shortestChoice = 6; // letters
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(shortestChoice);
    setFocusPolicy(Qt::StrongFocus);
}

void ChoiceBox::showPopup()
{
    constexpr int framePx = 28;
    view()->setMinimumWidth(view()->sizeHintForColumn(0) + framePx);
    QComboBox::showPopup();
}

void ChoiceBox::paintEvent(QPaintEvent *)
{
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const int room = style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this).width();
    option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

WholeNumberBox::WholeNumberBox(CorrectedFn corrected, QWidget *parent)
    : QSpinBox(parent)
    , m_corrected(std::move(corrected))
{
}

QValidator::State WholeNumberBox::validate(QString &input, int &position) const
{
    return widened(*this, QSpinBox::validate(input, position), input);
}

QString WholeNumberBox::textOf(int value) const { return textFromValue(value); }

void WholeNumberBox::fixup(QString &input) const { bringInside(*this, input, m_corrected); }

RealNumberBox::RealNumberBox(CorrectedFn corrected, QWidget *parent)
    : QDoubleSpinBox(parent)
    , m_corrected(std::move(corrected))
{
}

QString RealNumberBox::textFromValue(double value) const { return textOf(value); }

QString RealNumberBox::textOf(double value) const { return locale().toString(value, 'g', 6); }

QValidator::State RealNumberBox::validate(QString &input, int &position) const
{
    return widened(*this, QDoubleSpinBox::validate(input, position), input);
}

void RealNumberBox::fixup(QString &input) const { bringInside(*this, input, m_corrected); }

} // namespace flukeprint::ui
