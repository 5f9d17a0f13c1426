// The bundler hands these over as they are.
declare module '*.yaml' {
  const text: string;
  export default text;
}
declare module '*.tf' {
  const text: string;
  export default text;
}
