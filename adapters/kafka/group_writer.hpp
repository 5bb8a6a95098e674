#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/producer.hpp"

namespace pakashop::kafka {

/// Writes records of many threads to one partition. While a batch is under way everything that
/// comes waits, and then goes as one batch: those who write at the same time share a round trip
/// and a sync, without a timer.
class GroupWriter {
public:
    static Result<std::unique_ptr<GroupWriter>, std::string>
    make(const Settings& common, const std::string& topic, PartitionId partition);
    /// Nobody may wait in write() any more.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    /// The offset of the last record, once all are stored by as many brokers as must have them.
    /// Nothing when that is not known by the deadline: they may be stored or come to be. They are
    /// never sent twice.
    std::optional<std::uint64_t>
    write(std::vector<OutRecord> records, std::chrono::steady_clock::time_point deadline);
    /// The same for records that may get lost, without waiting.
    void post(std::vector<OutRecord> records);

    /// The number of batches sent so far.
    std::uint64_t batches() const { return batches_; }

private:
    struct Order {
        std::vector<OutRecord> records;
        std::promise<std::optional<std::uint64_t>> outcome;
    };
    using Orders = std::deque<std::shared_ptr<Order>>;

    explicit GroupWriter(PartitionId partition) : partition_{partition} {}
    std::shared_ptr<Order> enqueue(std::vector<OutRecord> records, std::size_t waiting_max);
    void cancel(const std::shared_ptr<Order>& order);
    void send_waiting();
    void on_delivered(std::span<const Report> reports);

    const PartitionId partition_;
    std::mutex mutex_;
    Orders waiting_;
    Orders under_way_;
    bool stopping_ = false;
    std::atomic<std::uint64_t> batches_{0};
    std::unique_ptr<Producer> producer_;  ///< Last: it tells the others until it is gone.
};

}  // namespace pakashop::kafka
