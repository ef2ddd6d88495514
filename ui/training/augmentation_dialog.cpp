#include "ui/training/augmentation_dialog.h"

#include "core/imaging/image.h"
#include "ui/theme/theme.h"

#include <QDialogButtonBox>
#include <QImage>
#include <QLabel>
#include <QPixmap>
#include <QScreen>
#include <QScrollArea>
#include <QVBoxLayout>

namespace flukeprint::ui {

AugmentationDialog::AugmentationDialog(const imaging::Image &sheet, const QString &setting, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("augmentationDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Alteration of Photos: %1").arg(setting));
    const QImage image(sheet.pixels.data(), sheet.width, sheet.height, static_cast<qsizetype>(sheet.stride()), QImage::Format_RGB888);
    auto *text = new QLabel(tr("Each row is a photo of yours: first as it is, then as training would see it. Every epoch draws anew."), this);
    text->setWordWrap(true);
    auto *picture = new QLabel(this);
    picture->setObjectName(QStringLiteral("augmentationSheet"));
    picture->setAccessibleName(tr("Photos before and after their alteration"));
    picture->setPixmap(QPixmap::fromImage(image)); // copies: the sheet may go
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(picture);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::pageMargin, Sizes::pageMargin, Sizes::gap);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(text);
    layout->addWidget(scroll, 1);
    layout->addWidget(buttons);
    constexpr int scrollBarPx = 24;
    constexpr int besideSheetPx = 130; // text, buttons and margins
    const QSize whole(sheet.width + 2 * Sizes::pageMargin + scrollBarPx, sheet.height + besideSheetPx);
    resize(whole.boundedTo(screen()->availableSize() * 9 / 10));
}

} // namespace flukeprint::ui
