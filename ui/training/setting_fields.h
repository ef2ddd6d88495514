#pragma once

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSpinBox>

#include <functional>

namespace flukeprint::ui {

/// A choice in a narrow column: its words end in an ellipsis where there is no room, the list that opens shows them whole.
class ChoiceBox : public QComboBox
{
    Q_OBJECT

public:
    explicit ChoiceBox(QWidget *parent);
    void showPopup() override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

/// Called with what was typed and what became of it.
using CorrectedFn = std::function<void(const QString &typed, const QString &taken)>;

/// A whole number. More than the bounds allow can be typed; on leaving the field it becomes the nearest allowed number, and that is said.
class WholeNumberBox : public QSpinBox
{
    Q_OBJECT

public:
    WholeNumberBox(CorrectedFn corrected, QWidget *parent);
    [[nodiscard]] QString textOf(int value) const; ///< as it would be shown
    [[nodiscard]] QValidator::State validate(QString &input, int &position) const override;
    void fixup(QString &input) const override;

private:
    CorrectedFn m_corrected;
};

/// The same for a real number; shows 0.001 and 0.00001 alike without trailing zeros.
class RealNumberBox : public QDoubleSpinBox
{
    Q_OBJECT

public:
    RealNumberBox(CorrectedFn corrected, QWidget *parent);
    [[nodiscard]] QString textOf(double value) const; ///< as it would be shown
    [[nodiscard]] QString textFromValue(double value) const override;
    [[nodiscard]] QValidator::State validate(QString &input, int &position) const override;
    void fixup(QString &input) const override;

private:
    CorrectedFn m_corrected;
};

} // namespace flukeprint::ui
