// Shows how far a training run is: a bar redrawn in place on a terminal, one plain line per epoch in a pipe or a file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#if defined(_WIN32)
#include <io.h>
#else
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace example {

namespace detail {

inline bool output_is_a_terminal() {
#if defined(_WIN32)
  return _isatty(1) != 0;
#else
  const char* kind = std::getenv("TERM");
  return isatty(1) != 0 && !(kind != nullptr && std::string_view(kind) == "dumb");
#endif
}

inline int terminal_columns() {
#if !defined(_WIN32)
  winsize window{};
  if (ioctl(1, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) return window.ws_col;
#endif
  const char* columns = std::getenv("COLUMNS");
  const int given = columns != nullptr ? std::atoi(columns) : 0;
  return given > 0 ? given : 80;
}

}  // namespace detail

/// `bar.step(text)` after each batch, `bar.finish_epoch(text)` after each epoch; the text is what the run has to tell
/// ("loss 0.041"). Draws only where the picture changes, so that it may be called after every batch.
class progress {
 public:
  progress(std::int64_t epochs, std::int64_t steps_per_epoch)
      : epochs_(epochs), steps_(std::max<std::int64_t>(steps_per_epoch, 1)) {}

  void step(std::string_view text = {}) {
    done_ = std::min(done_ + 1, steps_);
    if (!terminal_) return;
    const int filled = cells_filled();
    if (filled == drawn_) return;
    drawn_ = filled;
    redraw(text);
  }

  void finish_epoch(std::string_view text = {}) {
    const std::string line = title() + "  " + std::string(text);
    if (terminal_)
      std::printf("\r\033[K%s\n", line.c_str());
    else
      std::printf("%s\n", line.c_str());
    std::fflush(stdout);
    ++epoch_;
    done_ = 0;
    drawn_ = -1;
  }

 private:
  static constexpr int widest_bar = 40;

  std::string title() const {
    const std::string last = std::to_string(epochs_);
    std::string now = std::to_string(epoch_);
    if (now.size() < last.size()) now.insert(0, last.size() - now.size(), ' ');
    return "epoch " + now + "/" + last;
  }

  int cells() const { return std::clamp(detail::terminal_columns() - 40, 0, widest_bar); }
  int cells_filled() const { return static_cast<int>(done_ * cells() / steps_); }

  void redraw(std::string_view text) const {
    const int filled = cells_filled();
    std::string line = title() + " [" + std::string(static_cast<std::size_t>(filled), '#') +
                       std::string(static_cast<std::size_t>(cells() - filled), '.') + "] " + std::string(text);
    const auto room = static_cast<std::size_t>(std::max(detail::terminal_columns() - 1, 1));
    if (line.size() > room) line.resize(room);  // a line that wraps could not be redrawn in place
    std::printf("\r\033[K%s", line.c_str());
    std::fflush(stdout);
  }

  std::int64_t epochs_;
  std::int64_t steps_;
  std::int64_t epoch_ = 1;
  std::int64_t done_ = 0;
  int drawn_ = -1;
  bool terminal_ = detail::output_is_a_terminal();
};

}  // namespace example
