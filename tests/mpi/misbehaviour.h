// What misbehaving_child does with a job: the first gene of its genotype.
#pragma once

namespace nas {

enum class Misbehaviour {
  Answer,
  CurveThenAnswer,
  CurveThenStop,
  SegmentationFault,
  ExitThree,
  Hang,
  StopItself,
  GarbageLine,
  OtherId,
  OrphanThenHang,  // a grandchild in a session of its own that ignores SIGTERM
  OrphanThenAnswer,
  OrphanThenExit,
  CloseOutputAndHang,
  HugeLine,
  ReportError,
  ReportDiverged,
  ReportOutOfMemory,
  ReportInvalid,
  TextMetric,
  NotANumber,
  AnswerThenExit,
  CurveThenCrash,
  ManyErrorLines,
  BrokenJson,
  LeaveWhenAsked,  // it reads what it is asked while it works
  AnswerWhenAsked,
  CrashWhenAsked,
  Count,
};

}  // namespace nas
