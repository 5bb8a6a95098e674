#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "projections/log_reader.hpp"

namespace pakashop::model {

/// Writes one batch at a time on a thread of its own, so that reading goes on meanwhile.
class BatchWriter {
public:
    struct Written {
        Batch batch;
        ApplyResult result;
        std::chrono::microseconds took{0};
    };

    /// `done` is called on the writer's thread whenever a batch was tried.
    BatchWriter(RowStore& store, std::string group, std::function<void()> done);
    /// Waits for the batch under way.
    ~BatchWriter();
    BatchWriter(const BatchWriter&) = delete;
    BatchWriter& operator=(const BatchWriter&) = delete;

    /// True while a batch was handed over and not taken back.
    bool busy() const;
    /// Hands a batch over; only while not busy.
    void hand_over(Batch batch);
    /// The batch that was tried, with what came of it; nothing while it is under way.
    std::optional<Written> take_back();
    /// The same, waited for; nothing when no batch was handed over.
    std::optional<Written> wait();

private:
    void run();

    RowStore& store_;
    const std::string group_;
    const std::function<void()> done_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable tried_;
    std::optional<Batch> next_;
    std::optional<Written> written_;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop::model
