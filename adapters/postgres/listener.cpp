#include "adapters/postgres/listener.hpp"

#include <chrono>

#include "adapters/postgres/session.hpp"

namespace pakashop::postgres {
namespace {

class Receiver final : public pqxx::notification_receiver {
public:
    Receiver(pqxx::connection_base& connection, const std::string& channel, Listener& listener)
        : notification_receiver{connection, channel}, listener_{listener} {}
    void operator()(const std::string&, int) override { listener_.wake(); }

private:
    Listener& listener_;
};

constexpr long look_up_us = 250'000;  ///< How often the thread sees that it should end.
constexpr std::chrono::seconds retry_pause{1};

}  // namespace

Listener::Listener(std::string url, std::string channel)
    : url_{std::move(url)}, channel_{std::move(channel)}, thread_{[this] { run(); }} {}

Listener::~Listener() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    woken_.notify_all();
    thread_.join();
}

void Listener::wait(Duration at_most) {
    std::unique_lock lock{mutex_};
    const std::uint64_t known = news_;
    woken_.wait_for(lock, std::chrono::milliseconds{at_most.ms}, [&] {
        return news_ != known || stopping_;
    });
}

void Listener::wake() {
    {
        const std::lock_guard lock{mutex_};
        ++news_;
    }
    woken_.notify_all();
}

bool Listener::stopping() {
    const std::lock_guard lock{mutex_};
    return stopping_;
}

void Listener::run() {
    while (!stopping()) {
        try {
            listen();
        } catch (...) {
            // Whatever it was, PostgreSQL or the network: try again, nobody depends on it.
            std::unique_lock lock{mutex_};
            woken_.wait_for(lock, retry_pause, [&] { return stopping_; });
        }
    }
}

void Listener::listen() {
    const auto connection = connect({url_, "pakashop-" + channel_});
    const Receiver receiver{*connection, channel_, *this};
    wake();  // What was notified while nobody listened.
    while (!stopping()) connection->await_notification(0, look_up_us);
}

}  // namespace pakashop::postgres
