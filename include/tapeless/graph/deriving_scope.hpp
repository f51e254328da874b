#pragma once
#include <tapeless/graph/builder.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Marks what is added while it lives as part of a derivative of y.
class deriving_scope {
 public:
  constexpr deriving_scope(builder& b, int y) : b_(b), before_(b.deriving), order_before_(b.order) {
    b.deriving = true;
    if (b.graph[y].order < 100) b.order = static_cast<std::int8_t>(b.graph[y].order + 1);
  }
  deriving_scope(const deriving_scope&) = delete;
  deriving_scope& operator=(const deriving_scope&) = delete;
  constexpr ~deriving_scope() { b_.deriving = before_, b_.order = order_before_; }

 private:
  builder& b_;
  bool before_;
  std::int8_t order_before_;
};

}  // namespace tapeless
