#pragma once
#include <tapeless/cuda/host_card.hpp>

#include <algorithm>
#include <cstdio>

namespace tapeless::inline TAPELESS_ABI::device {

/// The calls of a card that is simulated: see host_card.
struct host_calls {
 private:
  using card = host_card;
  static constexpr int invalid_value = 1, illegal_address = 700, not_while_capturing = 900;

  static const char* error_name(int e) {
    switch (e) {
      case out_of_memory: return "cudaErrorMemoryAllocation";
      case driver_too_old: return "cudaErrorInsufficientDriver";
      case no_card: return "cudaErrorNoDevice";
      case no_code_for_card: return "cudaErrorNoKernelImageForDevice";
      case invalid_value: return "cudaErrorInvalidValue";
      case illegal_address: return "cudaErrorIllegalAddress";
      case not_while_capturing: return "cudaErrorStreamCaptureUnsupported";
      default: return "cudaErrorUnknown";
    }
  }
  static const char* error_text(int e) {
    switch (e) {
      case out_of_memory: return "out of memory";
      case driver_too_old: return "CUDA driver version is insufficient for CUDA runtime version";
      case no_card: return "no CUDA-capable device is detected";
      case no_code_for_card: return "no kernel image is available for execution on the device";
      case invalid_value: return "invalid argument";
      case illegal_address: return "an illegal memory access was encountered";
      case not_while_capturing: return "operation not permitted when stream is capturing";
      default: return "unknown error";
    }
  }

  /// Counts a call and lets the chosen one fail.
  template <class F> static int in_turn(F f) {
    auto& c = card::get();
    const std::lock_guard lock(c.mutex);
    if (c.calls_made++ == c.fail_at) return c.failure;
    return c.told != 0 ? c.told : f(c);
  }
  /// What waiting gives.
  static int waited(card& c) { return c.told = c.fault_at >= 0 && c.count.kernels > c.fault_at ? c.fault : 0; }
  /// What gives something back does so, whatever it says.
  template <class F> static int always(F f) {
    auto& c = card::get();
    const std::lock_guard lock(c.mutex);
    const bool fails = c.calls_made++ == c.fail_at;
    const int given = f(c);
    return fails ? c.failure : given;
  }
  template <class T> static int make_one(std::set<T*>& all, void** made) {
    *made = *all.insert(new T).first;
    return 0;
  }
  template <class T> static int destroy_one(std::set<T*>& all, void* p) {
    if (all.erase(static_cast<T*>(p)) == 0) return invalid_value;
    delete static_cast<T*>(p);
    return 0;
  }

  static int copy(void* to, const void* from, std::size_t bytes, stream_handle on) {
    return in_turn([&](card& c) {
      using enum card::place;
      const auto target = c.place_of(to, bytes), source = c.place_of(from, bytes);
      if (target == nowhere || source == nowhere) return invalid_value;
      const bool captured = c.of(on).capturing != nullptr;
      if (captured && (target == other || source == other)) return not_while_capturing;
      const auto carry_out = [=, &c](const void* data) {
        std::memcpy(to, data, bytes);
        if (source == card && target == card) ++c.count.copies_on_card;
        else if (target == card) ++c.count.copies_to_card, c.count.bytes_to_card += bytes;
        else if (source == card) ++c.count.copies_to_host, c.count.bytes_to_host += bytes;
      };
      if (source == other) {  // of memory that is not pinned the runtime takes a copy at once
        const std::vector<std::byte> taken(static_cast<const std::byte*>(from), static_cast<const std::byte*>(from) + bytes);
        c.issue(on, {card::step::copy, [=] { carry_out(taken.data()); }});
      } else {
        c.issue(on, {card::step::copy, [=] { carry_out(from); }});
      }
      if (target != other) return 0;
      return c.finish(c.of(on)), waited(c);  // until what it copies there has come
    });
  }
  static int launch_kernel(const launch& l, stream_handle on) {
    return in_turn([&](card& c) {
      if (l.shape.blocks <= 0 || l.shape.threads <= 0 || l.shape.threads > most_threads || l.shape.shared_bytes > 227 << 10) return invalid_value;
      std::vector<std::byte> arguments(static_cast<const std::byte*>(l.arguments), static_cast<const std::byte*>(l.arguments) + l.argument_bytes);
      if (l.clear_padding != nullptr) {
        auto seen = arguments;  // of which g++ 12 may clear too much
        l.clear_padding(seen.data());
        if (c.points_to_host(seen.data(), seen.size())) return illegal_address;
      }
      c.issue(on, {card::step::kernel, [&c, shape = l.shape, run = l.on_host, arguments = std::move(arguments)] { run(shape, arguments.data()), ++c.count.kernels; }});
      return 0;
    });
  }
  static void run_all(card&, const card::graph& g) {
    for (auto* s : g.conditions) *s = 0;
    for (const auto& o : g.operations) o.run();
  }
  /// What is being captured, of which a stream's operations are a part.
  static card::graph* graph_of(card& c, const card::stream& s) {
    for (auto* g : c.graphs)
      if (s.capturing == &g->operations) return g;
    return nullptr;
  }

  static constexpr calls make() {
    calls t;
    t.error_name = &error_name, t.error_text = &error_text;
    t.driver_version = [](int* v) { return in_turn([&](card& c) { return *v = c.driver, 0; }); };
    t.runtime_version = [](int* v) { return in_turn([&](card&) { return *v = 13000, 0; }); };
    t.count_cards = [](int* n) { return in_turn([&](card& c) { return *n = c.cards, c.driver < 13000 ? driver_too_old : c.cards == 0 ? no_card : 0; }); };
    t.properties = [](int, card_properties* p) {
      return in_turn([&](card& c) {
        *p = {.major = 9, .minor = 0, .multiprocessors = 4, .memory_bytes = c.memory_bytes};
        std::snprintf(p->name, sizeof p->name, "card simulated by the host");
        return 0;
      });
    };
    t.current_card = [](int* n) { return in_turn([&](card&) { return *n = 0; }); };
    t.check_code = [](const launch&) { return in_turn([](card& c) { return c.has_code ? 0 : no_code_for_card; }); };

    t.allocate = [](void** p, std::size_t bytes, stream_handle s) {
      return in_turn([&](card& c) { return c.of(s).capturing != nullptr ? not_while_capturing : (*p = c.allocate(bytes)) != nullptr ? 0 : out_of_memory; });
    };
    t.release = [](void* p, stream_handle s) {
      return always([&](card& c) {
        if (!c.forget(p)) return invalid_value;
        return c.issue(s, {card::step::release, [&c, p] { c.end(p); }}), 0;
      });
    };
    t.allocate_pinned = [](void** p, std::size_t bytes) { return in_turn([&](card& c) { return *p = c.allocate_pinned(bytes), 0; }); };
    t.release_pinned = [](void* p) { return always([&](card& c) { return c.finish_all(), c.release_pinned(p) ? 0 : invalid_value; }); };
    t.copy = &copy;
    t.fill = [](void* to, int byte, std::size_t bytes, stream_handle s) {
      return in_turn([&](card& c) {
        if (c.place_of(to, bytes) != card::place::card) return invalid_value;
        return c.issue(s, {card::step::fill, [=] { std::memset(to, byte, bytes); }}), 0;
      });
    };
    t.is_on_card = [](const void* p, bool* yes) { return in_turn([&](card& c) { return *yes = c.place_of(p, 0) == card::place::card, 0; }); };

    t.create_stream = [](stream_handle* s) { return in_turn([&](card& c) { return make_one(c.streams, s); }); };
    t.destroy_stream = [](stream_handle s) { return always([&](card& c) { return c.finish(c.of(s)), destroy_one(c.streams, s); }); };
    t.synchronize = [](stream_handle s) { return in_turn([&](card& c) { return c.of(s).capturing != nullptr ? not_while_capturing : (c.finish(c.of(s)), waited(c)); }); };
    t.create_event = [](event_handle* e) { return in_turn([&](card& c) { return make_one(c.events, e); }); };
    t.destroy_event = [](event_handle e) { return always([&](card& c) { return destroy_one(c.events, e); }); };
    t.record = [](event_handle e, stream_handle s) { return in_turn([&](card& c) { return *static_cast<card::event*>(e) = {&c.of(s), c.of(s).issued}, 0; }); };
    t.wait = [](stream_handle s, event_handle e) {
      return in_turn([&](card& c) {
        const auto until = *static_cast<card::event*>(e);
        if (until.of != nullptr) c.issue(s, {card::step::wait, [&c, until] { c.run(*until.of, until.position); }});
        return 0;
      });
    };
    t.synchronize_event = [](event_handle e) {
      return in_turn([&](card& c) {
        const auto until = *static_cast<card::event*>(e);
        if (until.of != nullptr) c.run(*until.of, until.position);
        return waited(c);
      });
    };
    t.launch_kernel = &launch_kernel;

    t.begin_capture = [](stream_handle s) {
      return in_turn([&](card& c) {
        if (!c.of(s).can_be_captured) return not_while_capturing;
        void* g = nullptr;
        make_one(c.graphs, &g);
        c.of(s).into = static_cast<card::graph*>(g);
        c.of(s).capturing = &c.of(s).into->operations;
        return ++c.count.captures, 0;
      });
    };
    t.end_capture = [](stream_handle s, graph_handle* g) {
      return always([&](card& c) {
        if ((*g = graph_of(c, c.of(s))) == nullptr) return invalid_value;
        return c.of(s).capturing = nullptr, 0;
      });
    };
    t.destroy_graph = [](graph_handle g) { return always([&](card& c) { return destroy_one(c.graphs, g); }); };
    t.instantiate = [](executable_handle* e, graph_handle g) {
      return in_turn([&](card& c) {
        *e = reinterpret_cast<void*>(++c.last_executable);
        c.executables[*e] = std::make_shared<card::graph>(*static_cast<card::graph*>(g));
        return ++c.count.instantiations, 0;
      });
    };
    t.update = [](executable_handle e, graph_handle g, bool* done) {
      return in_turn([&](card& c) {
        auto& have = c.executables.at(e);
        const auto& wanted = *static_cast<card::graph*>(g);
        if (!have->conditions.empty() || !wanted.conditions.empty()) return invalid_value;  // whether CUDA can do this, it does not say
        *done = std::equal(have->operations.begin(), have->operations.end(), wanted.operations.begin(), wanted.operations.end(), [](const auto& a, const auto& b) { return a.kind == b.kind; });
        if (*done) have = std::make_shared<card::graph>(wanted), ++c.count.updates;  // what has been launched runs as it was
        return 0;
      });
    };
    t.destroy_executable = [](executable_handle e) { return always([&](card& c) { return c.executables.erase(e) == 1 ? 0 : invalid_value; }); };
    t.launch_graph = [](executable_handle e, stream_handle s) {
      return in_turn([&](card& c) {
        c.issue(s, {card::step::part, [&c, g = c.executables.at(e)] { run_all(c, *g), ++c.count.graphs; }});
        return 0;
      });
    };

    t.create_condition = [](stream_handle s, condition_handle* h) {
      return in_turn([&](card& c) {
        if (c.of(s).capturing == nullptr) return invalid_value;
        *h = reinterpret_cast<std::uintptr_t>(c.of(s).into->conditions.emplace_back(c.new_condition()));
        return 0;
      });
    };
    t.begin_part = [](stream_handle s, condition_kind kind, condition_handle h, stream_handle part) {
      return in_turn([&](card& c) {
        auto operations = std::make_shared<std::vector<card::operation>>();
        const auto* const holds = reinterpret_cast<const int*>(static_cast<std::uintptr_t>(h));
        c.of(part).capturing = operations.get(), c.of(part).into = c.of(s).into;
        c.issue(s, {card::step::part, [=] {
          while (*holds != 0) {
            for (const auto& o : *operations) o.run();
            if (kind == condition_kind::once) break;
          }
        }});
        return 0;
      });
    };
    t.end_part = [](stream_handle part) { return always([&](card& c) { return c.of(part).capturing = nullptr, 0; }); };

    t.create_library = [](void** l) { return in_turn([&](card& c) { return *l = &c.libraries, ++c.libraries, 0; }); };
    t.destroy_library = [](void*) { return always([](card& c) { return --c.libraries, 0; }); };
    return t;
  }

 public:
  static const calls& table() {
    static constexpr calls t = make();
    return t;
  }
  /// Of a driver that knows no parts of captured runs by conditions.
  static const calls& table_without_parts() {
    static constexpr calls t = [] {
      calls all = make();
      all.create_condition = nullptr, all.begin_part = nullptr, all.end_part = nullptr;
      return all;
    }();
    return t;
  }
};

}  // namespace tapeless::device
