#include "projections/batch_writer.hpp"

#include "events/kernel/require.hpp"

namespace pakashop::model {

BatchWriter::BatchWriter(RowStore& store, std::string group, std::function<void()> done)
    : store_{store}, group_{std::move(group)}, done_{std::move(done)}, thread_{[this] { run(); }} {}

BatchWriter::~BatchWriter() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool BatchWriter::busy() const {
    const std::lock_guard lock{mutex_};
    return busy_;
}

void BatchWriter::hand_over(Batch batch) {
    {
        const std::lock_guard lock{mutex_};
        require(!busy_, "one batch is written at a time");
        busy_ = true;
        next_ = std::move(batch);
    }
    wake_.notify_one();
}

std::optional<BatchWriter::Written> BatchWriter::take_back() {
    const std::lock_guard lock{mutex_};
    if (!written_) return std::nullopt;
    busy_ = false;
    return std::exchange(written_, std::nullopt);
}

std::optional<BatchWriter::Written> BatchWriter::wait() {
    std::unique_lock lock{mutex_};
    if (!busy_) return std::nullopt;
    tried_.wait(lock, [&] { return written_.has_value(); });
    busy_ = false;
    return std::exchange(written_, std::nullopt);
}

void BatchWriter::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [&] { return next_.has_value() || stopping_; });
        if (!next_) return;
        Batch batch = *std::exchange(next_, std::nullopt);
        lock.unlock();
        const auto began = std::chrono::steady_clock::now();
        ApplyResult result = store_.apply(group_, batch.changes, batch.moves);
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - began
        );
        lock.lock();
        written_ = Written{std::move(batch), std::move(result), took};
        lock.unlock();
        tried_.notify_one();
        done_();
        lock.lock();
    }
}

}  // namespace pakashop::model
