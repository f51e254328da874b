#pragma once
#include <tapeless/cuda/errors.hpp>
#include <tapeless/cuda/product_request.hpp>

#include <utility>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// What is to be done on a card, one after the other: a stream, its own or the caller's. Kernels are issued to it.
class queue {
 public:
  explicit queue(const calls& table) : table_(&table) {
    check(table, table.create_stream(&stream_), {.call = "creating a stream"});
    owned_ = stream_;
  }
  queue(const queue&) = delete;
  queue& operator=(const queue&) = delete;
  ~queue() {
    if (library_ != nullptr) table_->destroy_library(library_);
    for (auto s : parts_) table_->destroy_stream(s);
    if (owned_ != nullptr) table_->destroy_stream(owned_);
  }

  const calls& table() const { return *table_; }
  stream_handle stream() const { return stream_; }
  /// The stream of somebody else's, which outlives this or another `use`; null: its own again.
  void use(stream_handle stream) {
    synchronize();
    stream_ = stream != nullptr ? stream : owned_;
  }

  /// The op of the plan that what follows belongs to, for messages.
  void name(std::string_view op) { op_ = op; }
  std::string_view name() const { return op_; }

  /// Waits for each thing that is issued from now on, so that what faults while it runs is named; nothing is captured then.
  void check_each_launch(bool is) { checks_each_ = is; }
  bool checks_each_launch() const { return checks_each_; }

  void launch(const device::launch& l, std::source_location at = std::source_location::current()) {
    if (l.shape.blocks == 0) return;
    issued(table_->launch_kernel(l, stream_), {.call = "launch", .kernel = l.name, .op = op_, .shape = &l.shape, .stream = stream_}, at);
  }
  void copy(void* to, const void* from, std::size_t bytes, std::source_location at = std::source_location::current()) {
    if (bytes == 0) return;
    issued(table_->copy(to, from, bytes, stream_), {.call = "copy", .op = op_, .stream = stream_, .bytes = bytes}, at);
  }
  void fill(void* to, int byte, std::size_t bytes, std::source_location at = std::source_location::current()) {
    if (bytes == 0) return;
    issued(table_->fill(to, byte, bytes, stream_), {.call = "fill", .op = op_, .stream = stream_, .bytes = bytes}, at);
  }
  /// Hands a request to the library of products; false: there is none, or it does not take it.
  bool multiply(const product_request& r, std::source_location at = std::source_location::current()) {
    return table_->product != nullptr && ask_library("product by a library", r, table_->product, at);
  }
  /// Hands a request to a library; false: it does not take it.
  ///   ask   gives an error of the library, in the numbers of the table
  template <class Request> bool ask_library(const char* call, const Request& r, int (*ask)(void*, const Request&, stream_handle), std::source_location at = std::source_location::current()) {
    const int code = ask(library(at), r, stream_);
    if (code == not_supported) return false;
    if (code != 0 || checks_each_) {  // else no text is made
      const std::string extents = to_string(r);
      issued(code, {.call = call, .op = op_, .extents = extents, .stream = stream_}, at);
    }
    return true;
  }
  void synchronize(std::source_location at = std::source_location::current()) {
    check(*table_, table_->synchronize(stream_), {.call = "waiting for what was run", .op = op_, .stream = stream_}, at);
  }
  void wait_for(event_handle e, std::source_location at = std::source_location::current()) {
    check(*table_, table_->wait(stream_, e), {.call = "waiting for an event", .stream = stream_}, at);
  }

  /// Whether a captured run can have parts that run by a condition; makes what they need, which is not done while capturing.
  bool prepare_parts(std::source_location at = std::source_location::current()) {
    if (table_->begin_part == nullptr) return false;
    while (parts_.size() < most_parts) {
      parts_.reserve(most_parts);
      stream_handle s = nullptr;
      check(*table_, table_->create_stream(&s), {.call = "creating a stream"}, at);
      parts_.push_back(s);
    }
    return true;
  }
  /// Whether what is issued now may have such parts.
  bool has_parts() const { return is_capturing_ && depth_ < parts_.size(); }
  /// What is issued from now on is captured in the queue's own stream: the caller's may be in use by others meanwhile, or be one
  /// that cannot be captured. Gives the stream to go back to.
  stream_handle begin_capturing() {
    is_capturing_ = true, has_conditions_ = false;
    return std::exchange(stream_, owned_);
  }
  void end_capturing(stream_handle back_to) { is_capturing_ = false, stream_ = back_to; }
  /// Whether what was captured last has parts with conditions.
  bool has_conditions() const { return has_conditions_; }
  condition_handle create_condition(std::source_location at = std::source_location::current()) {
    condition_handle made = 0;
    has_conditions_ = true;
    check(*table_, table_->create_condition(stream_, &made), {.call = "creating a condition", .op = op_, .stream = stream_}, at);
    return made;
  }
  /// What `issue` issues runs once if the condition holds, or as long as it does.
  template <class F> void part(condition_kind kind, condition_handle condition, F issue, std::source_location at = std::source_location::current()) {
    struct inside {
      queue& q;
      stream_handle before;
      bool ended = false;
      ~inside() {
        if (!ended) q.table_->end_part(q.stream_);
        q.stream_ = before, --q.depth_;
      }
    };
    const stream_handle stream = parts_[depth_];
    check(*table_, table_->begin_part(stream_, kind, condition, stream), {.call = "beginning a conditional part", .op = op_, .stream = stream_}, at);
    inside now{*this, std::exchange(stream_, stream)};
    ++depth_;
    issue();
    now.ended = true;
    check(*table_, table_->end_part(stream_), {.call = "ending a conditional part", .op = op_, .stream = stream_}, at);
  }
  /// Makes the library's handle, which no capture may do.
  void* library(std::source_location at = std::source_location::current()) {
    if (library_ == nullptr) check(*table_, table_->create_library(&library_), {.call = "creating the library of products"}, at);
    return library_;
  }

 private:
  void issued(int code, const occasion& o, const std::source_location& at) {
    check(*table_, code, o, at);
    if (!checks_each_ || is_capturing_) return;
    const std::string call = std::string("waiting for the ") + o.call;
    occasion waited = o;
    waited.call = call.c_str();
    check(*table_, table_->synchronize(stream_), waited, at);
  }

  const calls* table_;
  stream_handle stream_ = nullptr, owned_ = nullptr;
  void* library_ = nullptr;
  std::string_view op_;
  static constexpr std::size_t most_parts = 4;  ///< in each other
  std::vector<stream_handle> parts_;
  std::size_t depth_ = 0;
  bool is_capturing_ = false, has_conditions_ = false, checks_each_ = false;
};

/// An event, for one queue to wait for another, or for the host.
class event {
 public:
  explicit event(const calls& table) : table_(&table) { check(table, table.create_event(&handle_), {.call = "creating an event"}); }
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  ~event() { table_->destroy_event(handle_); }
  event_handle get() const { return handle_; }
  /// Whether it could be recorded; what it stands for has been issued already, so this is no error of that.
  bool record(const queue& q) { return table_->record(handle_, q.stream()) == 0; }
  void wait(std::source_location at = std::source_location::current()) { check(*table_, table_->synchronize_event(handle_), {.call = "waiting for an event"}, at); }

 private:
  const calls* table_;
  event_handle handle_ = nullptr;
};

/// What has been captured of a queue, to be run by one launch.
class captured {
 public:
  explicit captured(const calls& table) : table_(&table) {}
  captured(captured&& o) noexcept : table_(o.table_), executable_(std::exchange(o.executable_, nullptr)) {}
  captured& operator=(captured&& o) noexcept {
    std::swap(executable_, o.executable_);
    return *this;
  }
  ~captured() {
    if (executable_ != nullptr) table_->destroy_executable(executable_);
  }

  /// Captures what `issue` issues to the queue. Nothing of it runs; what was captured before stays if that fails.
  template <class F> void capture(queue& q, F issue) {
    struct graph_owner {
      const calls& table;
      queue& of;
      stream_handle before = of.begin_capturing();
      bool capturing = false;
      graph_handle graph = nullptr;
      ~graph_owner() {
        if (capturing) table.end_capture(of.stream(), &graph);
        of.end_capturing(before);
        if (graph != nullptr) table.destroy_graph(graph);
      }
    };
    graph_owner owner{*table_, q};
    check(*table_, table_->begin_capture(q.stream()), {.call = "beginning to capture", .stream = q.stream()});
    owner.capturing = true;
    issue();
    owner.capturing = false;
    check(*table_, table_->end_capture(q.stream(), &owner.graph), {.call = "capturing", .stream = q.stream()});
    bool updated = false;  // conditions are made anew with each graph, and no update takes them over
    if (executable_ != nullptr && !q.has_conditions()) check(*table_, table_->update(executable_, owner.graph, &updated), {.call = "updating what was captured", .stream = q.stream()});
    if (updated) return;
    executable_handle made = nullptr;
    check(*table_, table_->instantiate(&made, owner.graph), {.call = "instantiating what was captured", .stream = q.stream()});
    if (executable_ != nullptr) table_->destroy_executable(executable_);
    executable_ = made;
  }
  void launch(queue& q) { check(*table_, table_->launch_graph(executable_, q.stream()), {.call = "launch of a captured run", .stream = q.stream()}); }
  bool exists() const { return executable_ != nullptr; }

 private:
  const calls* table_;
  executable_handle executable_ = nullptr;
};

}  // namespace tapeless::device
