#pragma once
#include <tapeless/core/abi.hpp>

#include <cstddef>
#include <utility>

namespace tapeless::inline TAPELESS_ABI {

/// A vector for constant expressions. Compilers limit and time them by the statements they run; a push_back of std::vector
/// runs dozens, this one two.
template <class T> class sequence {
 public:
  using value_type = T;

  constexpr sequence() = default;
  constexpr explicit sequence(std::size_t n) : data_(new T[n]{}), size_(n), capacity_(n) {}
  constexpr sequence(std::size_t n, const T& value) { resize(n, value); }
  constexpr sequence(const sequence& other) { append(other); }
  constexpr sequence(sequence&& other) noexcept : data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
    other.data_ = nullptr;
    other.size_ = other.capacity_ = 0;
  }
  constexpr sequence& operator=(const sequence& other) { return *this = sequence(other); }
  /// What was here is left to the other.
  constexpr sequence& operator=(sequence&& other) noexcept {
    T* const data = data_;
    const std::size_t size = size_, capacity = capacity_;
    data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
    other.data_ = data, other.size_ = size, other.capacity_ = capacity;
    return *this;
  }
  constexpr ~sequence() { delete[] data_; }

  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T* data() { return data_; }
  constexpr const T* data() const { return data_; }
  constexpr T& operator[](std::size_t i) { return data_[i]; }
  constexpr const T& operator[](std::size_t i) const { return data_[i]; }
  constexpr T& operator[](int i) { return data_[i]; }  // as nodes are numbered
  constexpr const T& operator[](int i) const { return data_[i]; }
  constexpr const T& front() const { return data_[0]; }
  constexpr T& back() { return data_[size_ - 1]; }
  constexpr const T& back() const { return data_[size_ - 1]; }
  constexpr T* begin() { return data_; }
  constexpr const T* begin() const { return data_; }
  constexpr T* end() { return data_ + size_; }
  constexpr const T* end() const { return data_ + size_; }

  constexpr void push_back(const T& value) {
    if (size_ == capacity_) return push_back_grown(value);
    data_[size_++] = value;
  }
  constexpr void push_back(T&& value) {
    if (size_ == capacity_) return push_back_grown(static_cast<T&&>(value));
    data_[size_++] = static_cast<T&&>(value);
  }
  constexpr void pop_back() { --size_; }
  constexpr void clear() { size_ = 0; }
  constexpr void reserve(std::size_t n) {
    if (n > capacity_) delete[] moved_to(n);
  }
  constexpr void resize(std::size_t n, const T& value = T{}) {
    if (n > capacity_) reserve(n > 2 * capacity_ ? n : 2 * capacity_);
    for (std::size_t i = size_; i < n; ++i) data_[i] = value;
    size_ = n;
  }
  constexpr bool contains(const T& value) const {
    for (std::size_t i = 0; i < size_; ++i)
      if (data_[i] == value) return true;
    return false;
  }
  template <class Condition> constexpr void remove_if(Condition leaves) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i)
      if (!leaves(data_[i])) data_[kept++] = data_[i];
    size_ = kept;
  }
  constexpr void remove(const T& value) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i)
      if (!(data_[i] == value)) data_[kept++] = data_[i];
    size_ = kept;
  }
  /// Among elements in ascending order.
  constexpr void insert_sorted(const T& value) {
    push_back(value);
    for (std::size_t i = size_ - 1; i > 0 && value < data_[i - 1]; --i) {
      data_[i] = data_[i - 1];
      data_[i - 1] = value;
    }
  }
  constexpr void append(const sequence& other) { append(other.data_, other.size_); }
  constexpr void append(const T* from, std::size_t n) {
    if (size_ + n > capacity_) {
      const T* const old = moved_to(size_ + n > 2 * capacity_ ? size_ + n : 2 * capacity_);
      copy_behind(from, n);
      delete[] old;  // only now: `from` may stand there
    } else {
      copy_behind(from, n);
    }
  }

 private:
  /// Returns the old memory, which the caller deletes.
  constexpr T* moved_to(std::size_t capacity) {
    T* const old = data_;
    data_ = new T[capacity];
    capacity_ = capacity;
    for (std::size_t i = 0; i < size_; ++i) data_[i] = static_cast<T&&>(old[i]);
    return old;
  }
  constexpr void copy_behind(const T* from, std::size_t n) {
    T* const to = data_ + size_;
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
    size_ += n;
  }
  constexpr void push_back_grown(T value) {  // by value: it may stand in the memory that goes
    delete[] moved_to(capacity_ == 0 ? 8 : 2 * capacity_);
    data_[size_++] = static_cast<T&&>(value);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace tapeless
