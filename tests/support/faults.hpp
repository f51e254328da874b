#pragma once
#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace checks {

/// What a checker found wrong. Checkers collect instead of asserting, so that they can be tested themselves.
class faults {
 public:
  template <class... Parts> void add(const Parts&... parts) {
    if (++count_ > 3) return;
    std::ostringstream out;
    out.precision(17);
    (out << ... << parts) << '\n';
    text_ += out.str();
  }
  faults& operator+=(const faults& other) {
    count_ += other.count_;
    if (text_.size() < 1000) text_ += other.text_;
    return *this;
  }
  bool none() const { return count_ == 0; }
  std::string text() const { return count_ > 3 ? text_ + std::to_string(count_) + " faults in all\n" : text_; }

 private:
  int count_ = 0;
  std::string text_;
};

inline void expect(const faults& found) { CHECK_MESSAGE(found.none(), "\n", found.text()); }

}  // namespace checks
