#pragma once
#include <tapeless/cuda/queue.hpp>
#include <tapeless/run/array.hpp>

#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// What a run has fetched: on the card, until the host asks for it.
class fetched_values {
 public:
  void resize(std::size_t count) { values_.resize(count); }
  /// Behind a run: where the values are; what the host has of them is old.
  void set(std::size_t i, const void* on_card, std::size_t bytes) noexcept { values_[i].on_card = on_card, values_[i].bytes = bytes, values_[i].is_current = false; }
  void set_queue(queue& q) { queue_ = &q; }

  const std::byte* look(std::size_t i) {
    auto& v = values_[i];
    if (!v.is_current) {
      v.copy.resize(v.bytes);
      queue_->name("what is fetched");
      queue_->copy(v.copy.data(), v.on_card, v.bytes);
      queue_->synchronize();
      v.is_current = true;
    }
    return v.copy.data();
  }
  const void* on_card(std::size_t i) const { return values_[i].on_card; }

 private:
  struct value {
    const void* on_card = nullptr;
    std::size_t bytes = 0;
    std::vector<std::byte> copy{};
    bool is_current = false;
  };
  queue* queue_ = nullptr;
  std::vector<value> values_;
};

/// A number that has been fetched: it comes to the host, which waits for it, when it is first used as a number. Until the next
/// run.
template <class T> class fetched_number {
 public:
  fetched_number(fetched_values& of, std::size_t index) : of_(&of), index_(index) {}
  T to_host() const { return *reinterpret_cast<const T*>(of_->look(index_)); }
  operator T() const { return to_host(); }
  /// Where it stands on the card.
  const T* data_on_device() const { return static_cast<const T*>(of_->on_card(index_)); }

 private:
  fetched_values* of_;
  std::size_t index_;
};

/// A tensor that has been fetched: it is copied to the host, which waits for it, when its first element is looked at. Until the
/// next run.
template <class T, std::size_t Rank> class fetched_tensor {
 public:
  fetched_tensor(fetched_values& of, std::size_t index, const std::array<std::int64_t, Rank>& extents) : of_(&of), index_(index), extents_(extents) {}

  static constexpr std::size_t rank = Rank;
  const std::array<std::int64_t, Rank>& shape() const { return extents_; }
  std::size_t dimension() const { return Rank; }
  std::int64_t extent(std::size_t axis) const { return extents_[axis]; }
  std::int64_t size() const { return array_view<const T, Rank>{nullptr, extents_}.size(); }
  const T* data() const { return reinterpret_cast<const T*>(of_->look(index_)); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  template <std::integral... I> requires(sizeof...(I) == Rank) const T& operator()(I... i) const { return array_view<const T, Rank>{data(), extents_}(i...); }
  template <std::integral I> requires(Rank == 1) const T& operator[](I i) const { return data()[i]; }
  array<T, Rank> to_host() const { return array<T, Rank>(array_view<const T, Rank>{data(), extents_}); }
  /// Where it stands on the card, row-major.
  const T* data_on_device() const { return static_cast<const T*>(of_->on_card(index_)); }

 private:
  fetched_values* of_;
  std::size_t index_;
  std::array<std::int64_t, Rank> extents_;
};

}  // namespace tapeless::device
