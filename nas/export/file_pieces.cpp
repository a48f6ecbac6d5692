#include "nas/export/file_pieces.h"

#include <ostream>
#include <utility>

namespace nas {

void FilePieces::add(std::string text) {
  if (text.empty()) return;
  texts_.push_back(std::move(text));
  add_view(texts_.back());
}

void FilePieces::add_view(std::string_view bytes) {
  pieces_.push_back(bytes);
  size_ += bytes.size();
}

void FilePieces::append(FilePieces more) {
  auto text = more.texts_.begin();
  for (const std::string_view piece : more.pieces_) {
    const bool is_text = text != more.texts_.end() && piece.data() == text->data();
    if (is_text) {
      add(std::move(*text++));
    } else {
      add_view(piece);
    }
  }
}

void FilePieces::write(std::ostream& out) const {
  for (const std::string_view piece : pieces_) out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
}

std::string FilePieces::joined() const {
  std::string bytes;
  bytes.reserve(size_);
  for (const std::string_view piece : pieces_) bytes += piece;
  return bytes;
}

}  // namespace nas
