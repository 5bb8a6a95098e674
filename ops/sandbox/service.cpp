#include "ops/sandbox/service.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "api/http/server.hpp"
#include "ops/sandbox/callbacks_sender.hpp"
#include "ops/sandbox/control.hpp"
#include "ops/sandbox/journal.hpp"
#include "ops/sandbox/key_file.hpp"
#include "ops/sandbox/text.hpp"
#include "ops/sandbox/world.hpp"

namespace pakashop::sandbox {
namespace {

namespace asio = boost::asio;

constexpr int exit_damaged = 65;
constexpr int exit_unavailable = 69;
constexpr int exit_refused = 78;

Instant wall_clock() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

int complain(int code, std::string_view sentence) {
    fmt::print(stderr, "pakashop-sandbox: {}\n", sentence);
    return code;
}

/// The path as it stood on the wire, without the query: what a signature covers.
std::string raw_path(const http::Request& request) {
    return request.target.substr(0, std::min(request.target.find('?'), request.target.size()));
}

Fields query_fields(std::string_view query) {
    Fields fields;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        const auto equals = std::min(pair.find('='), pair.size());
        fields.emplace_back(
            query_decoded(pair.substr(0, equals)),
            query_decoded(pair.substr(std::min(equals + 1, pair.size())))
        );
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return fields;
}

Call to_call(http::Request request) {
    Call call;
    call.method = std::move(request.method);
    call.path = raw_path(request);
    call.query = query_fields(request.query);
    for (auto& header : request.headers) {
        call.headers.emplace_back(std::move(header.name), std::move(header.value));
    }
    call.authority = header_of(call.headers, "host");
    call.body = std::move(request.body);
    return call;
}

http::Response to_response(Reply reply) {
    constexpr int no_content = 204;
    http::Response response;
    response.status = reply.status;
    if (reply.status != no_content) response.set("Content-Type", std::move(reply.content_type));
    for (auto& [name, value] : reply.headers) response.set(name, std::move(value));
    response.body = std::move(reply.body);
    return response;
}

/// Joins the world to the server, the file and the senders. Everything but the two callbacks
/// handed out runs on the thread of the io_context.
class Service {
public:
    Service(asio::io_context& io, World& world, Journal& journal)
        : io_{io},
          world_{world},
          journal_{journal},
          timer_{io},
          sender_{world.secrets(), [this](const Delivery& delivery, int status) {
                      asio::post(io_, [this, delivery, status] { learn(delivery, status); });
                  }} {
        flush();
    }

    asio::awaitable<http::Response> answer(http::Request request) {
        Reply reply = world_.handle(to_call(std::move(request)), wall_clock());
        co_await durable();
        if (reply.hold_ms > 0) {
            asio::steady_timer silence{io_, std::chrono::milliseconds{reply.hold_ms}};
            co_await silence.async_wait(asio::use_awaitable);
        }
        co_return to_response(std::move(reply));
    }

private:
    /// What happens once the lines written along with it are on disk.
    struct Waiting {
        std::vector<Delivery> deliveries;
        std::move_only_function<void()> then;  ///< Empty when nobody waits.
    };

    /// Writes what is new and waits until it, and all before it, is on disk. No coroutine itself:
    /// g++ 12 destroys temporaries of a co_await expression twice.
    asio::awaitable<void> durable() {
        auto start = [this](auto handler) { write(std::move(handler)); };
        return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            std::move(start), asio::use_awaitable
        );
    }

    /// Hands what is new to the journal. Its thread only ever posts a flag back: everything that
    /// waits stays on this one, in the order of the file.
    void write(std::move_only_function<void()> then) {
        const Instant wall = wall_clock();
        Output output = world_.take_output(wall);
        arm(wall);
        if (!then && output.lines.empty() && output.deliveries.empty()) return;
        waiting_.push_back({std::move(output.deliveries), std::move(then)});
        journal_.append(output.lines, [this](bool good) {
            asio::post(io_, [this, good] { release(good); });
        });
    }

    /// What is on disk may be told. A sandbox that cannot remember must not go on answering.
    void release(bool good) {
        if (!good) {
            std::_Exit(complain(exit_unavailable, "the ledger file cannot be written"));
        }
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        sender_.send(std::move(next.deliveries));
        if (next.then) next.then();
    }

    void flush() { write({}); }

    void learn(const Delivery& delivery, int status) {
        world_.record(delivery, status, wall_clock());
        flush();
    }

    /// Sets the timer for the next thing that happens by itself.
    void arm(Instant wall) {
        const auto due = world_.next_due();
        if (due == armed_for_) return;
        armed_for_ = due;
        timer_.cancel();
        if (!due) return;
        timer_.expires_after(std::chrono::milliseconds{std::max<Instant>(*due - wall, 0)});
        timer_.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            armed_for_.reset();
            world_.advance(wall_clock());
            flush();
        });
    }

    asio::io_context& io_;
    World& world_;
    Journal& journal_;
    asio::steady_timer timer_;
    std::optional<Instant> armed_for_;
    std::deque<Waiting> waiting_;
    CallbackSender sender_;
};

http::Response refusal(int status, std::string_view code, std::string_view detail) {
    return to_response(problem(status, code, detail));
}

/// Room for bulk requests and long documents, and for a test's many connections.
http::Limits limits() {
    constexpr std::size_t body_max = 4 * 1024 * 1024;
    http::Limits limits;
    limits.body_bytes_max = [](const http::Request&) { return body_max; };
    return limits;
}

/// Lets the requests under way be answered, for a moment.
asio::awaitable<void> stop(asio::io_context& io, http::Server& server) {
    constexpr std::chrono::milliseconds patience{1'000};
    co_await server.drain(patience);
    io.stop();
}

[[noreturn]] void run(const Options& options, World& world, std::unique_ptr<Journal> journal) {
    asio::io_context io{1};
    Service service{io, world, *journal};
    http::Server server{
        io,
        options.listen,
        options.port,
        limits(),
        [&service](http::Request request) { return service.answer(std::move(request)); },
        refusal
    };
    asio::signal_set signals{io, SIGTERM, SIGINT};
    signals.async_wait([&](const boost::system::error_code&, int) {
        asio::co_spawn(io, stop(io, server), asio::detached);
    });
    fmt::print("{{\"listening\":\"{}:{}\"}}\n", options.listen, server.port());
    std::fflush(stdout);
    io.run();
    journal.reset();  // Writes what is left.
    // A callback under way may hang for seconds. The ledger file knows it, so it is sent again.
    std::_Exit(0);
}

bool is_loopback(const std::string& address) {
    boost::system::error_code fault;
    const auto parsed = asio::ip::make_address(address, fault);
    return !fault && parsed.is_loopback();
}

}  // namespace

int serve(const Options& options) {
    if (!is_loopback(options.listen)) {
        return complain(exit_refused, "it moves no real money and listens on loopback only");
    }
    std::error_code made;
    std::filesystem::create_directories(options.data, made);
    auto key = load_or_make_key(options.data / "pawapay-callback.pem");
    if (!key) return complain(exit_damaged, key.error());
    World world{
        options.defaults,
        std::make_shared<const CallbackSecrets>(
            std::move(*key), PrivateKey::generate(), options.webhook_secret
        )
    };
    auto journal = Journal::open(options.data / "ledger.jsonl", [&](std::string_view line) {
        return world.replay(line);
    });
    if (!journal) return complain(exit_damaged, journal.error());
    try {
        run(options, world, std::move(*journal));
    } catch (const std::exception& failure) {
        return complain(exit_unavailable, failure.what());
    }
}

}  // namespace pakashop::sandbox
