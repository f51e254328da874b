#pragma once
#include <tapeless/graph/builder.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Cuts what is linear in some leaves off the rest: of the nodes that depend on these leaves, the operands that do not. Given
/// the values of those, the linear part can be computed again and again.
class linear_part {
 public:
  constexpr linear_part(builder& b, ref result, const sequence<ref>& directions) : b_(b), result_(result), linear_(static_cast<std::size_t>(result.id) + 1, 0) {
    sequence<char> needed(linear_.size(), 0);
    needed.back() = 1;
    for (int id = result.id; id >= 0; --id)
      if (needed[id] != 0)
        for (int o : b.graph.operands_of(id)) needed[o] = 1;
    for (const ref& v : directions)
      if (v.id <= result.id) linear_[v.id] = 1;
    for (int id = 0; id <= result.id; ++id) {
      if (needed[id] == 0) continue;
      for (int o : b.graph.operands_of(id)) linear_[id] = linear_[id] | linear_[o];
      if (b.graph.is(id, op_kind::leaf) || linear_[id] == 0) continue;
      nodes_.push_back(id);
      for (int o : b.graph.operands_of(id))
        if (linear_[o] == 0 && !b.graph.is(o, op_kind::constant) && place_of(o) < 0) kept_.push_back(b.at(o));
    }
  }
  /// The operands that do not depend on the directions, in an order that only the linear part decides.
  constexpr const sequence<ref>& kept() const { return kept_; }
  /// The result with others in their place.
  constexpr ref with(std::span<const ref> values) const {
    sequence<int> made(linear_.size(), -1);
    sequence<int> x;
    const auto name = [&](int id) {
      if (made[id] >= 0) return made[id];
      const int place = linear_[id] == 0 ? place_of(id) : -1;
      return place < 0 ? id : values[static_cast<std::size_t>(place)].id;
    };
    for (int id : nodes_) {
      x.clear();
      for (int o : b_.graph.operands_of(id)) x.push_back(name(o));
      const auto n = b_.graph[id];
      const auto a = b_.graph.attributes_of(id);
      const auto s = b_.graph.shape_of(id);
      made[id] = b_.intern(n.op, a, {x.data(), x.size()}, n.type, s);
    }
    return b_.at(name(result_.id));
  }

 private:
  constexpr int place_of(int id) const {
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (kept_[i].id == id) return static_cast<int>(i);
    return -1;
  }
  builder& b_;
  ref result_;
  sequence<char> linear_;
  sequence<int> nodes_;
  sequence<ref> kept_;
};

}  // namespace tapeless
