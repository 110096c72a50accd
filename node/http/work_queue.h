// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace verbena::node::http {

// One thread that does what is given to it, in order. Full is an answer, not a wait.
class WorkQueue {
 public:
  explicit WorkQueue(std::size_t waiting_max) : waiting_max_(waiting_max) {
    thread_ = std::thread([this] { run(); });
  }
  ~WorkQueue() { stop(); }

  bool give(std::function<void()> work) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || waiting_.size() >= waiting_max_) return false;
      waiting_.push_back(std::move(work));
    }
    news_.notify_one();
    return true;
  }
  // What waits is dropped; what is under way is finished.
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    news_.notify_one();
    if (thread_.joinable()) thread_.join();
    waiting_.clear();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      news_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      try {
        work();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "http: %s\n", error.what());  // its exchange closes unanswered
      }
      work = nullptr;
      lock.lock();
    }
  }

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace verbena::node::http
