#include "ui/training/augmentation_dialog.h"

#include "core/imaging/image.h"
#include "ui/dialogs/button_names.h"
#include "ui/theme/theme.h"

#include <QDialogButtonBox>
#include <QImage>
#include <QLabel>
#include <QPixmap>
#include <QScreen>
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
    text->setObjectName(QStringLiteral("augmentationText"));
    text->setWordWrap(true);
    auto *picture = new QLabel(this);
    picture->setObjectName(QStringLiteral("augmentationSheet"));
    picture->setAccessibleName(tr("Photos before and after their alteration"));
    QPixmap pixmap = QPixmap::fromImage(image); // copies: the sheet may go
    // No larger than the window it stands before; the rest is for the words, the margins and the frame.
    constexpr QSize beside(80, 200);
    const QSize whole = parent ? parent->window()->size().boundedTo(screen()->availableSize()) : screen()->availableSize();
    const QSize room = (whole - beside).expandedTo(QSize(320, 240));
    if (pixmap.width() > room.width() || pixmap.height() > room.height())
        pixmap = pixmap.scaled(room, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    picture->setPixmap(pixmap);
    picture->setAlignment(Qt::AlignCenter);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    nameButtons(buttons, QStringLiteral("augmentation"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::pageMargin, Sizes::pageMargin, Sizes::gap);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(text);
    layout->addWidget(picture, 1);
    layout->addWidget(buttons);
}

} // namespace flukeprint::ui
