#include "api/auth/password_queue.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/auth/password.hpp"

namespace pakashop::api {

namespace asio = boost::asio;

namespace {

/// Called with false when the queue ends before the job's turn.
using Job = std::function<void(bool run)>;

}  // namespace

struct PasswordQueue::Impl {
    explicit Impl(std::size_t limit) : waiting_max{limit} {}

    bool push(Job job) {
        const std::lock_guard lock{mutex};
        if (stopping || jobs.size() >= waiting_max) return false;
        jobs.push_back(std::move(job));
        ready.notify_one();
        return true;
    }

    void run() {
        std::unique_lock lock{mutex};
        while (true) {
            ready.wait(lock, [&] { return stopping || !jobs.empty(); });
            if (jobs.empty()) return;
            const Job job = std::move(jobs.front());
            jobs.pop_front();
            const bool serve = !stopping;
            lock.unlock();
            job(serve);
            lock.lock();
        }
    }

    const std::size_t waiting_max;
    mutable std::mutex mutex;
    std::condition_variable ready;
    std::deque<Job> jobs;
    bool stopping = false;
    std::thread thread;
};

namespace {

/// Runs `work` on the queue's thread and resumes the coroutine on its own executor.
template <class Answer, class Push>
asio::awaitable<std::optional<Answer>>
run_elsewhere(Push push, std::function<std::optional<Answer>()> work) {
    using Signature = void(std::optional<Answer>);
    const auto start = [push, work](auto handler) {
        const auto executor = asio::get_associated_executor(handler);
        auto guard = asio::make_work_guard(executor);
        // std::function wants copies, and a coroutine's handler is unique.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        const auto answer = [executor, shared](std::optional<Answer> value) {
            asio::post(executor, [shared, value = std::move(value)]() mutable {
                (*shared)(std::move(value));
            });
        };
        const bool taken =
            push([answer, work, guard](bool run) { answer(run ? work() : std::nullopt); });
        if (!taken) answer(std::nullopt);
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, Signature>(
        start, asio::use_awaitable
    );
}

}  // namespace

PasswordQueue::PasswordQueue(std::size_t waiting_max) : impl_{std::make_shared<Impl>(waiting_max)} {
    impl_->thread = std::thread{[impl = impl_.get()] { impl->run(); }};
}

PasswordQueue::~PasswordQueue() {
    {
        const std::lock_guard lock{impl_->mutex};
        impl_->stopping = true;
    }
    impl_->ready.notify_all();
    impl_->thread.join();
}

asio::awaitable<std::optional<std::string>> PasswordQueue::hash(std::string password) {
    const auto push = [impl = impl_](Job job) { return impl->push(std::move(job)); };
    return run_elsewhere<std::string>(
        push,
        std::function<std::optional<std::string>()>{
            [password = std::move(password)]() -> std::optional<std::string> {
                std::string phc = hash_password(password);
                if (phc.empty()) return std::nullopt;
                return phc;
            }
        }
    );
}

asio::awaitable<std::optional<bool>> PasswordQueue::verify(std::string password, std::string phc) {
    const auto push = [impl = impl_](Job job) { return impl->push(std::move(job)); };
    return run_elsewhere<bool>(
        push,
        std::function<std::optional<bool>()>{
            [password = std::move(password), phc = std::move(phc)]() -> std::optional<bool> {
                return verify_password(password, phc);
            }
        }
    );
}

std::size_t PasswordQueue::waiting() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->jobs.size();
}

}  // namespace pakashop::api
