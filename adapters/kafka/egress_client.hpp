#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "events/kernel/result.hpp"

/// librdkafka's handles, each with its end. For the files of this folder alone.
namespace pakashop::kafka {

template <auto End>
struct EndWith {
    template <class Handle>
    void operator()(Handle* handle) const {
        End(handle);
    }
};
template <class Handle, auto End>
using Owned = std::unique_ptr<Handle, EndWith<End>>;

using Client = Owned<rd_kafka_t, rd_kafka_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

using Setting = std::pair<const char*, std::string>;
using Settings = std::vector<Setting>;

/// What a client's callbacks are told of; it outlives the client and is met by `rd_kafka_poll`.
struct ClientListener {
    void (*delivered)(const rd_kafka_message_t& message, void* who) = nullptr;
    void (*failed)(std::string_view reason, void* who) = nullptr;
    void* who = nullptr;
};

/// A client of that kind; a setting it does not take is a bug. Prints nothing.
Client make_client(rd_kafka_type_t kind, const Settings& settings, ClientListener& listener);

/// Time that runs out.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds patience)
        : end_{std::chrono::steady_clock::now() + patience} {}
    bool over() const { return std::chrono::steady_clock::now() >= end_; }

private:
    std::chrono::steady_clock::time_point end_;
};

/// How long one call into the library may take before it is seen whether to go on.
constexpr int poll_ms = 100;

}  // namespace pakashop::kafka
