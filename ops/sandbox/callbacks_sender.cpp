#include "ops/sandbox/callbacks_sender.hpp"

#include <algorithm>
#include <utility>

#include "adapters/http/client.hpp"

namespace pakashop::sandbox {
namespace {

/// Enough for 2,000 callbacks a second when each takes 10 ms to be answered.
constexpr std::size_t threads_count = 24;
constexpr int timeout_ms = 10'000;

int attempt(const Delivery& delivery, const CallbackSecrets& secrets) {
    HttpCall call{.method = "POST", .url = delivery.url, .body = delivery.body};
    call.timeout_ms = timeout_ms;
    for (auto& [name, value] : delivery_headers(delivery, secrets)) {
        call.headers.push_back({std::move(name), std::move(value)});
    }
    const auto reply = pakashop::send(call);
    return reply ? reply->status : 0;
}

}  // namespace

CallbackSender::CallbackSender(std::shared_ptr<const CallbackSecrets> secrets, Sent sent)
    : secrets_{std::move(secrets)}, sent_{std::move(sent)} {
    for (std::size_t i = 0; i < threads_count; ++i) threads_.emplace_back([this] { run(); });
}

CallbackSender::~CallbackSender() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void CallbackSender::send(std::vector<Delivery> deliveries) {
    if (deliveries.empty()) return;
    const std::size_t count = deliveries.size();
    {
        const std::lock_guard lock{mutex_};
        for (auto& delivery : deliveries) waiting_.push_back(std::move(delivery));
    }
    for (std::size_t i = 0; i < std::min(count, threads_count); ++i) wake_.notify_one();
}

void CallbackSender::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const Delivery delivery = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        sent_(delivery, attempt(delivery, *secrets_));
        lock.lock();
    }
}

}  // namespace pakashop::sandbox
