#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QRectF>

#include <optional>

namespace flukeprint::ui {

/// One row of the candidates: key cap, best-matching photo, code and name, how well known, probability and distance. Checked is
/// selected. The page owns the keys; the row takes no focus.
class CandidateCard : public QAbstractButton
{
    Q_OBJECT
public:
    struct Content
    {
        QString key; ///< "1" .. "5", "N"
        QString title; ///< code, or "New individual"
        QString name; ///< beside the code
        QString detail; ///< second line
        std::optional<double> probability; ///< none: not shown
        std::optional<double> distance;
        bool isNew = false;
    };

    explicit CandidateCard(QWidget *parent = nullptr);

    void setContent(const Content &content);
    [[nodiscard]] const Content &content() const { return m_content; }
    /// The whole photo, and the part of it (shares of its width and height) that must be seen: the row shows all of that part, with
    /// as much of the photo around it as fills its picture. Null: still loading.
    void setPicture(const QImage &photo, const QRectF &part);
    [[nodiscard]] QSize sizeHint() const override { return {420, 58}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {330, 46}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void paintPicture(QPainter &painter, const QRect &rect) const;
    void paintWords(QPainter &painter, const QRect &rect) const;
    void paintFigures(QPainter &painter, const QRect &rect) const;
    [[nodiscard]] QColor quietInk() const;

    Content m_content;
    QImage m_picture;
    QRectF m_part;
};

} // namespace flukeprint::ui
